import { PgBoss } from "pg-boss";

export const commands = ["preview", "up", "refresh", "destroy"] as const;
export type Command = (typeof commands)[number];

/** The job of one stack. */
export interface Order {
  readonly team: string;
  readonly command: Command;
  /** The same for all jobs of one call of send.ts. */
  readonly run: string;
}

/** What became of it. A stack that failed is a result: only the jobs of lost workers are done again. */
export interface Result {
  readonly succeeded: boolean;
  readonly summary: string;
}

export const queue = "pulumi-stacks";

/** The database of the queue and of the locks. It may be the one of Pulumi's states. */
export const connectionString = process.env["FLEET_DATABASE_URL"] ?? process.env["PULUMI_BACKEND_URL"] ?? "";

export async function connect(): Promise<PgBoss> {
  if (!/^postgres(ql)?:/.test(connectionString)) {
    throw new Error("FLEET_DATABASE_URL is not set; wanted: postgres://user:password@host/database");
  }
  const boss = new PgBoss({ connectionString, superviseIntervalSeconds: 5, monitorIntervalSeconds: 5 });
  boss.on("error", ({ message }) => console.error(`queue: ${message}`));
  await boss.start();
  await boss.createQueue(queue, {
    // With the stack as the key: one job runs and one waits.
    policy: "stately",
    // A worker that is silent for so long is lost. Another one takes its job up.
    heartbeatSeconds: Number(process.env["HEARTBEAT_SECONDS"] ?? 60),
    retryLimit: 5,
    retryDelay: 1,
    // The longest run of a stack: six hours.
    expireInSeconds: 21_600,
  });
  return boss;
}
