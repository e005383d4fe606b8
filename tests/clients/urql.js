// urql: a query, a mutation, and a subscription once as server-sent events and once over WebSocket.
import assert from "node:assert/strict";
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { authorization, email, first, socketUrl, url, workspaceId } from "./arguments.js";
import { isInvited, isTold, isViewer, mutation, query, subscription } from "./operations.js";

const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization } });
const overSocket = subscriptionExchange({
  forwardSubscription: (request) => ({
    subscribe: (sink) => ({ unsubscribe: sockets.subscribe(request, sink) }),
  }),
});
const options = { url, fetchOptions: { headers: { authorization } }, preferGetMethod: false };
const events = new Client({ ...options, exchanges: [cacheExchange, fetchExchange], fetchSubscriptions: true });
const socket = new Client({ ...options, exchanges: [cacheExchange, overSocket, fetchExchange] });

const { data, error } = await socket.query(query, { workspaceId });
assert.equal(error, undefined);
isViewer(data);
const variables = { workspaceId, after: data.workspace.eventCursor };
const follow = (client) => first((next) => client.subscription(subscription, variables).subscribe(next));
const told = [follow(events), follow(socket)];
const invited = await socket.mutation(mutation, { input: { workspaceId, email } });
isInvited(invited.data, email);
for (const result of await Promise.all(told)) {
  assert.equal(result.error, undefined);
  isTold(result.data, email);
}
await sockets.dispose();
process.exit(0);
