// What relay-compiler reads: a page that goes on by Relay's own pagination, and a refetch by a node's global id.
import { graphql } from "relay-runtime";

graphql`
  query appQuery($workspaceId: ID!) {
    viewer { user { email } }
    workspace(id: $workspaceId) { id eventCursor ...app_members }
  }
`;

graphql`
  fragment app_members on Workspace
  @refetchable(queryName: "appMembersQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 1 }, cursor: { type: "String" }) {
    members(first: $count, after: $cursor) @connection(key: "app_members") {
      edges { node { id user { email } } }
    }
  }
`;

graphql`
  mutation appInviteMutation($input: SendInvitationInput!) {
    sendInvitation(input: $input) { invitation { id email } userErrors { code } }
  }
`;

graphql`
  subscription appChangesSubscription($workspaceId: ID!, $after: String) {
    invitationStatusChanged(workspaceId: $workspaceId, after: $after) { cursor status invitation { id email } }
  }
`;
