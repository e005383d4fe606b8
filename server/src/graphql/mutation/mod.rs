//! The root of mutations, one aggregate a file.

mod account;
mod invitation;
mod location;
mod mail;
mod member;
mod reply;
mod workspace;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(Clone, Copy, Debug, Default, MergedObject)]
pub struct Mutation(
    account::AccountMutation,
    workspace::WorkspaceMutation,
    location::LocationMutation,
    member::MemberMutation,
    invitation::InvitationMutation,
    reply::ReplyMutation,
    mail::MailMutation,
);
