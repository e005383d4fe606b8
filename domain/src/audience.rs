//! The audience of events: who of those who follow them may still see them, asked for many at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{membership, session, workspace};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{App, Error, Result, membership::Member, policy::Action};

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

/// The right of each listener, as of now.
pub async fn rights(app: &App, listeners: &[Listener]) -> Result<HashMap<Listener, Right>> {
    let mut rights = HashMap::with_capacity(listeners.len());
    for chunk in listeners.chunks(AT_ONCE) {
        let (alive, members) = futures::try_join!(alive(app, chunk), members(app, chunk))?;
        rights.extend(chunk.iter().map(|listener| (*listener, right(listener, &alive, &members))));
    }
    Ok(rights)
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
async fn alive(app: &App, listeners: &[Listener]) -> Result<HashSet<Uuid>> {
    let sessions: HashSet<Uuid> = listeners.iter().map(|listener| listener.session_id).collect();
    let alive: Vec<Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::Id.is_in(sessions))
        .filter(session::Column::ExpiresAt.gt(app.clock.now()))
        .into_tuple()
        .all(&app.db)
        .await?;
    Ok(alive.into_iter().collect())
}

/// The memberships of the people who listen in the workspaces that are followed, by person and workspace.
async fn members(app: &App, listeners: &[Listener]) -> Result<HashMap<(Uuid, Uuid), Arc<Member>>> {
    let workspaces: HashSet<Uuid> = listeners.iter().filter_map(|listener| listener.workspace_id).collect();
    if workspaces.is_empty() {
        return Ok(HashMap::new());
    }
    let people: HashSet<Uuid> = listeners.iter().map(|listener| listener.user_id).collect();
    let memberships = membership::Entity::find()
        .filter(membership::Column::UserId.is_in(people))
        .filter(membership::Column::WorkspaceId.is_in(workspaces.iter().copied()))
        .all(&app.db);
    // Apart: many listen in the same workspace.
    let workspaces = workspace::Entity::find()
        .filter(workspace::Column::Id.is_in(workspaces))
        .filter(workspace::Column::DeletesAt.is_null())
        .all(&app.db);
    let (memberships, workspaces) = futures::try_join!(memberships, workspaces)?;
    let workspaces: HashMap<Uuid, workspace::Model> = workspaces.into_iter().map(|row| (row.id, row)).collect();
    let members = memberships.into_iter().filter_map(|membership| {
        let workspace = workspaces.get(&membership.workspace_id)?.clone();
        Some(((membership.user_id, workspace.id), Arc::new(Member { workspace, membership })))
    });
    Ok(members.collect())
}
