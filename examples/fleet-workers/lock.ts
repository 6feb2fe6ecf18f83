import { Client } from "pg";
import { connectionString } from "./queue";

/** The server gives the lock of a silent worker away after 40 seconds. */
const options =
  "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c lock_timeout=90s";
/** The worker gives up earlier, in milliseconds. */
const patience = 25_000;

/**
 * Does the work with the lock of a stack, which the database keeps as long as the connection lives. Without it, another
 * worker may take the stack: `lost` has to end this process and all that it started.
 */
export async function withLock<T>(
  stack: string,
  lost: (reason: string) => never,
  work: () => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString, options });
  let isHeld = true;
  // Once the work is done, the connection may end with a query on its way.
  const onEnd = () => {
    if (isHeld) lost(`the connection of the lock of ${stack} was lost`);
  };
  client.on("error", onEnd);
  client.on("end", onEnd);
  await client.connect();
  await client.query("SELECT pg_advisory_lock(hashtext('pulumi-stacks'), hashtext($1))", [stack]);
  let answeredAt = Date.now();
  const timer = setInterval(() => {
    client.query("SELECT 1").then(() => {
      answeredAt = Date.now();
    }, onEnd);
    // Later than what has arrived is read: a busy machine may have stopped this process for a while.
    setImmediate(() => {
      if (Date.now() - answeredAt > patience) onEnd();
    });
  }, 5_000);
  try {
    return await work();
  } finally {
    isHeld = false;
    clearInterval(timer);
    await client.end();
  }
}
