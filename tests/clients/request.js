// graphql-request: a query, a mutation, and an error with its code.
import assert from "node:assert/strict";
import { ClientError, GraphQLClient } from "graphql-request";
import { authorization, email, url, workspaceId } from "./arguments.js";
import { isInvited, isViewer, mutation, query } from "./operations.js";

const client = new GraphQLClient(url, { headers: { authorization } });
isViewer(await client.request(query, { workspaceId }));
isInvited(await client.request(mutation, { input: { workspaceId, email } }), email);
await assert.rejects(client.request(query, { workspaceId: "nonsense" }), (error) => {
  assert(error instanceof ClientError);
  assert.equal(error.response.errors[0].extensions.code, "BAD_USER_INPUT");
  return true;
});
