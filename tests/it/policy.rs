//! The policy: the tables in README are those of the code, cell by cell.

use std::fs;
use std::path::Path;

use domain::policy::{self, Action};
use entity::invitation::InvitableRole;
use entity::membership::Role;
use tests::stories;

stories![alone: readme_tells_who_may_do_what, readme_tells_who_reaches_whom];

const ROLES: [Role; 3] = [Role::Owner, Role::Administrator, Role::User];

/// The words that README has for an action.
const fn words(action: Action) -> &'static str {
    match action {
        Action::View => "see it, its members, and one's own locations",
        Action::EditWorkspace => "rename it",
        Action::ManageLocations => "see, create, change and delete all locations",
        Action::Invite(InvitableRole::User) => "invite a USER",
        Action::Invite(InvitableRole::Administrator) => "invite an ADMINISTRATOR",
        Action::ManageInvitations => "see invitations, send them again, take them back",
        Action::ManageMembers => "change the role and the locations of members, remove them",
        Action::HandOver => "hand it over to an administrator",
        Action::SendTestMail => "send a test mail to oneself",
        Action::DeleteWorkspace => "delete it",
        Action::CancelDeletion => "keep it after it was deleted",
        Action::ReadEvents => "read the audit log",
    }
}

/// The table in README whose first column has this title: its rows, without the head.
fn table(title: &str) -> Vec<Vec<String>> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let lines = readme.lines().skip_while(|line| !line.starts_with(&format!("| {title} |")));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn row(name: &str, cells: impl IntoIterator<Item = bool>) -> Vec<String> {
    let cells = cells.into_iter().map(|yes| if yes { "yes" } else { "no" });
    [name].into_iter().chain(cells).map(str::to_owned).collect()
}

async fn readme_tells_who_may_do_what() {
    let code = Action::ALL.map(|action| {
        let everybody = ROLES.map(Some).into_iter().chain([None]);
        row(words(action), everybody.map(|role| policy::allows(role, action)))
    });
    assert_eq!(table("in a workspace"), code);
}

async fn readme_tells_who_reaches_whom() {
    let names = ["an OWNER", "an ADMINISTRATOR", "a USER"];
    let code = [0, 1, 2].map(|other| row(names[other], ROLES.map(|role| policy::reaches(role, ROLES[other]))));
    assert_eq!(table("may a member reach"), code);
}
