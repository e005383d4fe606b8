//! GraphQL types, one a file.

mod deletion;
mod event;
mod invitation;
mod link_request;
mod location;
mod membership;
mod session;
mod status;
mod test_mail;
mod user;
mod user_error;
mod viewer;
mod workspace;

use async_graphql::Interface;

pub(crate) use deletion::WorkspaceDeletion;
pub(crate) use event::{InvitationEvent, WorkspaceEvent};
pub(crate) use invitation::{Delivery, Invitation, InvitationPreview};
pub(crate) use link_request::LinkRequest;
pub(crate) use location::Location;
pub(crate) use membership::Membership;
pub(crate) use session::Session;
pub(crate) use status::{
    DeliveryStatus, InvitableRole, InvitationStatus, JoinNextStep, Language, RegisterNextStep, Role,
};
pub(crate) use test_mail::TestMail;
pub(crate) use user::User;
pub(crate) use user_error::UserError;
pub(crate) use viewer::Viewer;
pub(crate) use workspace::Workspace;

/// Anything that has a global id.
#[derive(Clone, Interface)]
#[graphql(field(name = "id", ty = "async_graphql::ID", desc = "The global id: opaque, and of one type only."))]
pub(crate) enum Node {
    /// An account.
    User(User),
    /// A session.
    Session(Session),
    /// A workspace.
    Workspace(Box<Workspace>),
    /// A location.
    Location(Location),
    /// A membership.
    Membership(Box<Membership>),
    /// An invitation.
    Invitation(Box<Invitation>),
    /// An event.
    WorkspaceEvent(Box<WorkspaceEvent>),
    /// A test mail.
    TestMail(Box<TestMail>),
}
