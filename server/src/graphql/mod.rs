//! The GraphQL API: types, resolvers and the ways in. Resolvers read input into types, call one function of the domain,
//! and show its answer.

mod batches;
pub(crate) mod connection;
mod context;
mod document;
mod error;
pub(crate) mod limits;
mod live;
mod loader;
mod measured;
mod mutation;
mod object;
mod query;
mod rounds;
mod subscription;
pub(crate) mod transport;
mod variables;

use async_graphql::Schema;

pub(crate) use self::document::Documents;
pub use self::document::{DocumentList, ListError};
pub use self::live::Feed;
pub use self::measured::UsherSchema;
pub use self::transport::{Sessions, Timing};
use self::{
    connection::List,
    mutation::Mutation,
    object::{Invitation, Location, Membership, WorkspaceEvent},
    query::Query,
    subscription::Subscription,
};

/// The schema as it is served; `introspection` says whether clients may ask for it.
pub fn schema(introspection: bool) -> UsherSchema {
    UsherSchema::new(build(introspection))
}

fn build(introspection: bool) -> Schema<Query, Mutation, Subscription> {
    let mut builder = Schema::build(Query, Mutation::default(), Subscription)
        .register_output_type::<object::Node>()
        .override_output_type_description::<List<Invitation>>("A page of invitations.")
        .override_output_type_description::<List<Location>>("A page of locations.")
        .override_output_type_description::<List<Membership>>("A page of memberships.")
        .override_output_type_description::<List<WorkspaceEvent>>("A page of the audit log.")
        .limit_complexity(limits::COMPLEXITY)
        // Each unknown name would be compared with all that there are, however long it is.
        .disable_suggestions();
    if !introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}

/// What `usher schema` prints: schema.graphql.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments();
    let sdl = build(true).sdl_with_options(options);
    format!("{}\n", sdl.trim())
}
