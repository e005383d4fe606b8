//! What the table is asked of: the people, and a workspace with all that its `$words` stand for.

use std::collections::BTreeMap;

use domain::id::Kind;
use domain::operator;
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, Object, Usher};
use uuid::Uuid;

use crate::members::updates;

/// The columns of the table.
pub(super) const COLUMNS: [&str; 8] =
    ["owner", "administrator", "user at Riga", "user nowhere", "elsewhere", "invited", "alone", "nobody"];

/// Those who ask, in the order of the columns, and two members who only are asked about.
pub(super) struct People {
    askers: Vec<Actor>,
    /// Of the members: owner, administrator, both users, Tom, Tina.
    pub(super) ids: Vec<Uuid>,
}

impl People {
    /// They come, and are signed in but for nobody.
    pub(super) async fn arrive(app: &Usher) -> Self {
        let mut askers = Vec::new();
        for name in ["olga", "adam", "rita", "nora", "else", "ivan", "alan"] {
            askers.push(app.account(&format!("{name}@example.com")).await);
        }
        askers[4].creates_workspace("Elsewhere").await;
        askers.push(app.visitor("nobody@example.com"));
        let (tom, tina) = (app.account("tom@example.com").await, app.account("tina@example.com").await);
        let mut ids = Vec::new();
        for member in askers[..4].iter().chain([&tom, &tina]) {
            ids.push(member.user_id().await);
        }
        Self { askers, ids }
    }

    /// In the order of the columns.
    pub(super) fn askers(&self) -> &[Actor] {
        &self.askers
    }

    pub(super) fn owner(&self) -> &Actor {
        &self.askers[0]
    }
}

/// A workspace, which nothing has changed yet.
pub(super) struct Stage<'a> {
    pub(super) app: &'a Usher,
    pub(super) people: &'a People,
    pub(super) acme: Object,
    pub(super) riga: Object,
    values: BTreeMap<String, String>,
}

impl<'a> Stage<'a> {
    /// Acme, with its members and Riga. What else is spoken of is made when it is.
    pub(super) async fn set(app: &'a Usher, people: &'a People) -> Self {
        let owner = people.owner();
        let acme = owner.creates_workspace("Acme").await;
        let riga = owner.tries_to_create_location(&acme, "Riga", Some("Brīvības iela 1")).await.object("/location");
        let roles = [Role::Administrator, Role::User, Role::User, Role::User, Role::Administrator];
        let mut memberships = Vec::new();
        for (id, role) in people.ids[1..].iter().zip(roles) {
            memberships.push(app.admits(*id, &acme, role, Some(people.ids[0])).await);
        }
        for at_riga in [1, 3] {
            updates(owner, &memberships[at_riga], json!({ "locationIds": [riga.id()] })).await.succeeds();
        }
        let chosen = json!({ "workspaceId": acme.id(), "language": "LV" });
        owner.mutates("updateWorkspace", chosen, "").await.succeeds();
        let row = Kind::Workspace.parse(acme.id()).expect("the id of a workspace");
        operator::set_seats(app.domain(), row, Some(9)).await.expect("a workspace");
        let of_owner = crate::members::membership_of(owner, &acme).await;
        let known = [
            ("workspace", acme.id().to_owned()),
            ("location", riga.id().to_owned()),
            ("owner", of_owner),
            ("user", memberships[3].clone()),
            ("administrator", memberships[4].clone()),
            ("person", Kind::User.id(people.ids[4])),
        ];
        let values = known.into_iter().map(|(word, value)| (word.to_owned(), value)).collect();
        Self { app, people, acme, riga, values }
    }

    /// A member switches the session to Acme.
    pub(super) async fn opened_by(&self, member: &Actor) {
        member.switches_to(&self.acme).await.succeeds();
    }

    /// The text with the values of its `$words`, as `asker` asks it.
    pub(super) async fn fill(&mut self, text: &str, asker: &Actor) -> String {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_').unwrap_or(part.len());
            let (word, rest) = part.split_at(end);
            let value = match word {
                "email" => asker.email.clone(),
                "password" => asker.password.clone(),
                _ => self.value(word).await,
            };
            filled += &format!("{}{rest}", json!(value));
        }
        filled
    }

    async fn value(&mut self, word: &str) -> String {
        if !self.values.contains_key(word) {
            self.make(word).await;
        }
        self.values[word].clone()
    }

    pub(super) fn keep(&mut self, word: &str, value: impl Into<String>) {
        self.values.insert(word.to_owned(), value.into());
    }
}
