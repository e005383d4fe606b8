//! The root of mutations, one aggregate a file.

mod account;
mod deletion;
mod invitation;
mod location;
mod mail;
mod member;
mod reply;
mod viewer;
mod workspace;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(Clone, Copy, Debug, Default, MergedObject)]
pub(crate) struct Mutation(
    account::AccountMutation,
    viewer::ViewerMutation,
    workspace::WorkspaceMutation,
    deletion::DeletionMutation,
    location::LocationMutation,
    member::MemberMutation,
    invitation::InvitationMutation,
    reply::ReplyMutation,
    mail::MailMutation,
);
