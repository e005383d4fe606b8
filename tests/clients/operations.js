// What every client does: it asks who is signed in, invites somebody, and is told of it.
import assert from "node:assert/strict";

export const query = /* GraphQL */ `
  query Viewer($workspaceId: ID!) {
    viewer { user { email } }
    workspace(id: $workspaceId) { id name eventCursor members(first: 10) { nodes { user { email } } } }
  }
`;
export const mutation = /* GraphQL */ `
  mutation Invite($input: SendInvitationInput!) {
    sendInvitation(input: $input) { invitation { id email status } userErrors { code message } }
  }
`;
export const subscription = /* GraphQL */ `
  subscription Changes($workspaceId: ID!, $after: String) {
    invitationStatusChanged(workspaceId: $workspaceId, after: $after) { cursor status invitation { id email } }
  }
`;

export function isViewer(data) {
  assert.equal(data.viewer.user.email, "alice@example.com");
  assert.equal(data.workspace.members.nodes[0].user.email, "alice@example.com");
}

export function isInvited(data, email) {
  assert.deepEqual(data.sendInvitation.userErrors, []);
  assert.equal(data.sendInvitation.invitation.email, email);
}

export function isTold(data, email) {
  assert.equal(data.invitationStatusChanged.invitation.email, email);
  assert.equal(data.invitationStatusChanged.status, "PENDING");
}
