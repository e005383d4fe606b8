"""gql for Python: a query and a mutation over HTTP, and a subscription over WebSocket."""

import asyncio
import sys

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportQueryError

url, token, workspace, email = sys.argv[1:]
AUTHORIZATION = {"authorization": f"Bearer {token}"}

QUERY = gql("query($id: ID!) { viewer { user { email } } workspace(id: $id) { eventCursor } }")
MUTATION = gql(
    "mutation($input: SendInvitationInput!) "
    "{ sendInvitation(input: $input) { invitation { email } userErrors { code } } }"
)
SUBSCRIPTION = gql(
    "subscription($id: ID!, $after: String) "
    "{ invitationStatusChanged(workspaceId: $id, after: $after) { status invitation { email } } }"
)


async def told(after):
    transport = AIOHTTPWebsocketsTransport(url.replace("http", "ws"), init_payload=AUTHORIZATION)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        SUBSCRIPTION.variable_values = {"id": workspace, "after": after}
        async for event in session.subscribe(SUBSCRIPTION):
            return event["invitationStatusChanged"]


async def main():
    transport = AIOHTTPTransport(url, headers=AUTHORIZATION)
    # The schema is asked for, and the operations are held against it.
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        QUERY.variable_values = {"id": workspace}
        data = await session.execute(QUERY)
        assert data["viewer"]["user"]["email"] == "alice@example.com", data
        following = asyncio.create_task(told(data["workspace"]["eventCursor"]))
        MUTATION.variable_values = {"input": {"workspaceId": workspace, "email": email}}
        invited = (await session.execute(MUTATION))["sendInvitation"]
        assert invited == {"invitation": {"email": email}, "userErrors": []}, invited
        event = await asyncio.wait_for(following, 30)
        assert event == {"status": "PENDING", "invitation": {"email": email}}, event
        unknown = gql("query($id: ID!) { workspace(id: $id) { id } }")
        unknown.variable_values = {"id": "nonsense"}
        try:
            raise AssertionError(await session.execute(unknown))
        except TransportQueryError as error:
            assert error.errors[0]["extensions"]["code"] == "BAD_USER_INPUT", error.errors


asyncio.run(main())
