//! Membership: that a person belongs to a workspace, and as what.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::{
    id::Kind,
    membership::{self, Sight},
};

use super::{Location, Role, User, Workspace};
use crate::graphql::{
    connection::unpaged,
    loader::{member_locations, person},
};

/// That a person belongs to a workspace, and as what.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) membership: membership::Membership,
    /// The one who looks, as a member of the same workspace.
    pub(crate) viewer: membership::Member,
}

/// That a person belongs to a workspace, and as what.
#[Object]
impl Membership {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Membership.id(self.membership.row.id).into()
    }

    /// The person.
    async fn user(&self) -> User {
        User(self.membership.user.clone())
    }

    /// The workspace.
    async fn workspace(&self) -> Workspace {
        Workspace::from(self.viewer.clone())
    }

    /// What the person may do there.
    async fn role(&self) -> Role {
        self.membership.row.role.into()
    }

    /// The locations of a USER, cut to those the viewer may see; empty for OWNER and ADMINISTRATOR, who have all.
    #[graphql(complexity = "unpaged(child_complexity)")]
    async fn locations(&self, ctx: &Context<'_>) -> Result<Vec<Location>> {
        let Some(sight) = Sight::of(&self.membership.row, &self.viewer) else { return Ok(Vec::new()) };
        Ok(member_locations(ctx, sight).await?.into_iter().map(Location).collect())
    }

    /// When the person joined.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.membership.row.joined_at
    }

    /// Who invited the person, when somebody did.
    async fn invited_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        person(ctx, self.membership.row.invited_by).await
    }
}
