//! The audience of events: who of those who follow them may still see them, asked for many at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{
    membership::{self, Role},
    session, workspace,
};
use futures::future::try_join_all;
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::{App, Error, Result, db, membership::Member, policy::Action};

/// How many are asked for in one statement.
const AT_ONCE: usize = 1_000;

/// Somebody who follows events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The session.
    pub session_id: Uuid,
    /// Whose session it is.
    pub user_id: Uuid,
    /// The workspace whose invitations are followed; none for the invitations addressed to the person.
    pub workspace_id: Option<Uuid>,
}

/// Why somebody may not listen any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The session has ended.
    SignedOut,
    /// The person is no member.
    NotMember,
    /// The member may not manage invitations.
    Forbidden,
}

impl From<Ended> for Error {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::SignedOut => Self::Unauthenticated,
            Ended::NotMember => Self::NotFound,
            Ended::Forbidden => Self::Forbidden,
        }
    }
}

/// What a listener may see: as a member, when a workspace is followed.
pub type Right = std::result::Result<Option<Arc<Member>>, Ended>;

/// What may have changed since rights were known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Sessions may have ended.
    Sessions,
    /// Memberships and workspaces may have changed as well, which they do not without an event of the workspace.
    Everything,
}

/// The right of each of at most AT_ONCE listeners, as of now.
async fn rights(app: &App, listeners: &[Listener]) -> Result<HashMap<Listener, Right>> {
    let (alive, members) = futures::try_join!(those_alive(app, listeners), members(app, listeners))?;
    Ok(listeners.iter().map(|listener| (*listener, right(listener, &alive, &members))).collect())
}

/// The rights as of now of those who had these, as far as any of them may be another than before: none while all hold.
pub async fn changed(app: &App, known: &[(Listener, Right)], doubt: Doubt) -> Result<HashMap<Listener, Right>> {
    let mut changed = HashMap::new();
    for chunk in known.chunks(AT_ONCE) {
        if !hold(app, chunk, doubt).await? {
            let listeners: Vec<Listener> = chunk.iter().map(|(listener, _)| *listener).collect();
            changed.extend(rights(app, &listeners).await?);
        }
    }
    Ok(changed)
}

/// Whether all of these are as they were; a right that has ended is not asked for. The database counts: to read a row for
/// each takes longer, and almost always everything is as it was.
async fn hold(app: &App, known: &[(Listener, Right)], doubt: Doubt) -> Result<bool> {
    let held = known.iter().filter_map(|(listener, right)| Some((listener, right.as_ref().ok()?)));
    let sessions = distinct(held.clone().map(|(listener, _)| listener.session_id));
    let members: Vec<&Member> = match doubt {
        Doubt::Sessions => Vec::new(),
        Doubt::Everything => held.filter_map(|(_, member)| member.as_deref()).collect(),
    };
    let count = sessions.len() as u64;
    let alive =
        async { Ok(db::count_of::<session::Entity>(&app.db, session::Column::Id, sessions, alive(app)).await?) };
    let (alive, members_hold) = futures::try_join!(alive, are_unchanged(app, &members))?;
    Ok(alive == count && members_hold)
}

/// Whether memberships and workspaces are in the database as they are here.
async fn are_unchanged(app: &App, members: &[&Member]) -> Result<bool> {
    if members.is_empty() {
        return Ok(true);
    }
    let keep_roles = try_join_all(Role::iter().map(|role| have_role(app, members, role)));
    let ids = distinct(members.iter().map(|member| member.workspace.id));
    let (keep_roles, workspaces) = futures::try_join!(keep_roles, workspaces(app, ids))?;
    let is_known = |member: &&Member| workspaces.get(&member.workspace.id) == Some(&member.workspace);
    Ok(keep_roles.iter().all(|kept| *kept) && members.iter().all(is_known))
}

/// Whether those of `members` who are known to have this role have it in the database.
async fn have_role(app: &App, members: &[&Member], role: Role) -> Result<bool> {
    let known = members.iter().map(|member| &member.membership).filter(|membership| membership.role == role);
    let ids = distinct(known.map(|membership| membership.id));
    let (count, has_role) = (ids.len() as u64, membership::Column::Role.eq(role));
    Ok(ids.is_empty()
        || db::count_of::<membership::Entity>(&app.db, membership::Column::Id, ids, has_role).await? == count)
}

/// Each once. Not as a set: to sort a thousand takes less time than to hash them.
fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The right of one listener, as of now.
pub async fn right_of(app: &App, listener: Listener) -> Result<Right> {
    Ok(rights(app, &[listener]).await?.remove(&listener).unwrap_or(Err(Ended::SignedOut)))
}

fn right(listener: &Listener, alive: &HashSet<Uuid>, members: &HashMap<(Uuid, Uuid), Arc<Member>>) -> Right {
    if !alive.contains(&listener.session_id) {
        return Err(Ended::SignedOut);
    }
    let Some(workspace_id) = listener.workspace_id else { return Ok(None) };
    let member = members.get(&(listener.user_id, workspace_id)).ok_or(Ended::NotMember)?;
    if member.may(Action::ManageInvitations) { Ok(Some(Arc::clone(member))) } else { Err(Ended::Forbidden) }
}

/// The sessions that have not ended.
async fn those_alive(app: &App, listeners: &[Listener]) -> Result<HashSet<Uuid>> {
    let sessions = distinct(listeners.iter().map(|listener| listener.session_id));
    let found = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(db::is_one_of(&app.db, session::Column::Id, sessions))
        .filter(alive(app));
    let found: Vec<Uuid> = found.into_tuple().all(&app.db).await?;
    Ok(found.into_iter().collect())
}

/// That a session has not ended.
fn alive(app: &App) -> Expr {
    session::Column::ExpiresAt.gt(app.clock.now())
}

/// The memberships of the people who listen in the workspaces that are followed, by person and workspace.
async fn members(app: &App, listeners: &[Listener]) -> Result<HashMap<(Uuid, Uuid), Arc<Member>>> {
    let workspaces = distinct(listeners.iter().filter_map(|listener| listener.workspace_id));
    if workspaces.is_empty() {
        return Ok(HashMap::new());
    }
    let people = distinct(listeners.iter().map(|listener| listener.user_id));
    let memberships = membership::Entity::find()
        .filter(db::is_one_of(&app.db, membership::Column::UserId, people))
        .filter(db::is_one_of(&app.db, membership::Column::WorkspaceId, workspaces.iter().copied()))
        .all(&app.db);
    let memberships = async { Ok(memberships.await?) };
    // Apart: many listen in the same workspace.
    let (memberships, workspaces) = futures::try_join!(memberships, self::workspaces(app, workspaces))?;
    let members = memberships.into_iter().filter_map(|membership| {
        let workspace = workspaces.get(&membership.workspace_id)?.clone();
        Some(((membership.user_id, workspace.id), Arc::new(Member { workspace, membership })))
    });
    Ok(members.collect())
}

/// Those of these workspaces that are not deleted, by their ids.
async fn workspaces(app: &App, ids: Vec<Uuid>) -> Result<HashMap<Uuid, workspace::Model>> {
    let found = workspace::Entity::find()
        .filter(db::is_one_of(&app.db, workspace::Column::Id, ids))
        .filter(workspace::Column::DeletesAt.is_null())
        .all(&app.db)
        .await?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}
