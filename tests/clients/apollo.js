// Apollo Client: a query by its hash (automatic persisted queries), a mutation, and a subscription over WebSocket.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { authorization, email, first, socketUrl, url, workspaceId } from "./arguments.js";
import { isInvited, isTold, isViewer, mutation, query, subscription } from "./operations.js";

const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization } });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const requests = new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: url, headers: { authorization } }));
const link = ApolloLink.split(
  ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
  new GraphQLWsLink(sockets),
  requests,
);
const client = new ApolloClient({ link, cache: new InMemoryCache() });

const { data } = await client.query({ query: gql(query), variables: { workspaceId } });
isViewer(data);
const variables = { workspaceId, after: data.workspace.eventCursor };
const told = first((next, error) => client.subscribe({ query: gql(subscription), variables }).subscribe({ next, error }));
const invited = await client.mutate({ mutation: gql(mutation), variables: { input: { workspaceId, email } } });
isInvited(invited.data, email);
isTold((await told).data, email);
await sockets.dispose();
client.stop();
