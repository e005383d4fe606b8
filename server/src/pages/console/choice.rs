//! What can be chosen in a form: all of it, however many there are, so that nothing is lost when the form is sent.

use domain::{
    id::Kind,
    location,
    membership::{self, Member, MemberFilter, NamePosition},
    page::{self, Window},
};
use entity::membership::Role;
use serde::Serialize;
use uuid::Uuid;

use crate::pages::{failure::Failure, samples, visit::Visit};

/// Something that can be chosen.
#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// All locations of the workspace, with those of `chosen` ticked.
pub(super) async fn locations(visit: &Visit, member: &Member, chosen: &[Uuid]) -> Result<Vec<Choice>, Failure> {
    let mut window = Window { after: None, before: None, limit: page::MAX, from_end: false };
    let mut choices = Vec::new();
    loop {
        let page = location::list(visit.app(), member, &window).await?;
        window.after = page.rows.last().map(|row| NamePosition { name: row.name_key.clone(), id: row.id });
        choices.extend(page.rows.into_iter().map(|row| Choice {
            id: Kind::Location.id(row.id),
            name: row.name,
            chosen: chosen.contains(&row.id),
        }));
        if !page.has_next {
            return Ok(choices);
        }
    }
}

/// All administrators of the workspace whose accounts are not disabled, the one with the id `heir` chosen.
pub(super) async fn administrators(visit: &Visit, member: &Member, heir: &str) -> Result<Vec<Choice>, Failure> {
    let filter = MemberFilter { search: None, role: Some(Role::Administrator) };
    let mut window = Window { after: None, before: None, limit: page::MAX, from_end: false };
    let mut choices = Vec::new();
    loop {
        let page = membership::list(visit.app(), member, &filter, &window).await?;
        window.after = page.rows.last().map(|row| NamePosition { name: row.user.name_key.clone(), id: row.row.id });
        let enabled = page.rows.into_iter().filter(|found| found.user.disabled_at.is_none());
        choices.extend(enabled.map(|found| {
            let id = Kind::Membership.id(found.row.id);
            Choice { chosen: id == heir, id, name: format!("{} ({})", found.user.name, found.user.email) }
        }));
        if !page.has_next {
            return Ok(choices);
        }
    }
}

/// The locations of samples, ticked.
pub(super) fn sample() -> Vec<Choice> {
    let choice = |name: &str| Choice { id: Kind::Location.id(Uuid::nil()), name: name.to_owned(), chosen: true };
    samples::LOCATIONS.map(choice).into()
}
