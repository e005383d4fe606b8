// What every client is given: where the server is, whose token and which workspace it uses, and whom it invites.
export const [url, token, workspaceId, email] = process.argv.slice(2);
export const socketUrl = url.replace("http", "ws");
export const authorization = `Bearer ${token}`;
// Fails when an answer takes longer.
export const patience = 30_000;

// The first of the values that `follow` hands on.
export function first(follow) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("nothing came in time")), patience).unref();
    follow(resolve, reject);
  });
}
