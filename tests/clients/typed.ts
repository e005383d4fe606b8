// What graphql-codegen makes of the schema holds what the compiler is told here.
import { GraphQLClient } from "graphql-request";
import { graphql } from "./node_modules/.codegen/gql.js";
import type { InvitationStatus } from "./node_modules/.codegen/graphql.js";

const query = graphql(`
  query TypedInvitations($workspaceId: ID!) {
    workspace(id: $workspaceId) { invitations(first: 10) { nodes { id email status } pageInfo { endCursor } } }
  }
`);

export async function invitations(client: GraphQLClient, workspaceId: string): Promise<InvitationStatus[]> {
  const { workspace } = await client.request(query, { workspaceId });
  // @ts-expect-error a workspace may be null
  workspace.invitations;
  return (workspace?.invitations?.nodes ?? []).map(({ status }) => status);
}
