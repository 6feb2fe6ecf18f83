import * as pulumi from "@pulumi/pulumi";
import { now } from "../clock.js";
import { findSetting } from "../config.js";
import { normalizeInstant } from "../gitlab/dates.js";
import type { DeployTokenScope } from "../gitlab/scopes.js";
import {
  defaultOverlapDays,
  defaultStart,
  type Schedule,
  type Slot,
  schedule,
  slotsAt,
} from "./rotation-schedule.js";
import type { DeployTokenArgs } from "./types.js";

/** The arguments that rotating project and group deploy tokens share. */
export interface RotatingDeployTokenArgs {
  /** The name that GitLab shows, the same for every token of the rotation. @default the component's own name */
  name?: pulumi.Input<string | undefined>;
  /** What the tokens may do, at least one scope; a change acts at once, without overlap. */
  scopes: pulumi.Input<pulumi.Input<DeployTokenScope>[]>;
  /**
   * The user name that goes with each token's value: 1 to 255 letters, digits and `. + _ -`.
   *
   * @default `gitlab+deploy-token-<id>`, another with each token
   */
  username?: pulumi.Input<string | undefined>;
  /** The length of a slot in days, a whole number of at least 1: each slot has a token of its own. */
  rotateEveryDays: number;
  /**
   * For how many days of a slot the token of the slot before still works, from 1 to `rotateEveryDays`. Within them this
   * stack must have run, and after that, still within them, each stack that reads the token.
   *
   * @default a third of `rotateEveryDays`, at least 1, at most 30
   */
  overlapDays?: number;
  /**
   * Where a slot starts: a date, or a date-time with a zone. Pin it before renaming the organization, project, stack or
   * component.
   *
   * @default a midnight derived from organization, project, stack and name, so that a fleet does not rotate on one day
   */
  rotationStart?: string;
  /** Whether each token dies by itself `overlapDays` after the end of its slot. @default true */
  expire?: boolean;
  /**
   * Any text but an empty one and one with `::`, such as a date. Changing it makes new tokens, updates what uses them
   * and deletes all old ones in one `pulumi up`: the answer to a leak.
   */
  rotateWhenChanged?: string;
}

/** One token of a rotation, as both classes have it. */
interface RotationToken extends pulumi.CustomResource {
  readonly token: pulumi.Output<string>;
  readonly username: pulumi.Output<string>;
  readonly baseUrl: pulumi.Output<string>;
}

type Declare<T> = (name: string, args: DeployTokenArgs, opts: pulumi.CustomResourceOptions) => T;

/** What `RotatingProjectDeployToken` and `RotatingGroupDeployToken` share. */
export abstract class RotatingDeployToken<T extends RotationToken> extends pulumi.ComponentResource {
  /** The current token's value, a secret. */
  readonly token: pulumi.Output<string>;
  /** The current token's user name. */
  readonly username: pulumi.Output<string>;
  /** When the next slot begins, as `2027-01-31T00:00:00.000Z`. */
  readonly rotatesAt: pulumi.Output<string>;
  /** The GitLab that has the tokens. */
  readonly baseUrl: pulumi.Output<string>;
  /** The token of the slot that holds now. */
  readonly current: T;
  /** The token of the slot before, during the overlap. */
  readonly previous: T | undefined;

  protected constructor(
    type: string,
    name: string,
    args: RotatingDeployTokenArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
    declare: Declare<T>,
  ) {
    super(type, name, {}, opts);
    const slots = slotsAt(rotationTime(), readSchedule(name, args, this));
    const suffix = args.rotateWhenChanged === undefined ? "" : `-${args.rotateWhenChanged}`;
    const one = (slot: Slot, options: pulumi.CustomResourceOptions): T => {
      const date = new Date(slot.start).toISOString().slice(0, 10);
      const expiresAt = args.expire === false ? undefined : new Date(slot.expiry).toISOString();
      const { scopes, username } = args;
      const common = { name: args.name ?? name, scopes, username, expiresAt };
      return declare(`${name}-${date}${suffix}`, common, { ...options, parent: this });
    };
    // The older one first: the engine meets it before it makes the new one, and knows it for no leftover.
    this.previous = slots.previous === undefined ? undefined : one(slots.previous, { protect: false });
    this.current = one(slots.current, {});
    this.token = this.current.token;
    this.username = this.current.username;
    this.baseUrl = this.current.baseUrl;
    this.rotatesAt = pulumi.output(new Date(slots.current.end).toISOString());
    this.warnIfHeld(slots.current, args.expire !== false);
    this.registerOutputs({ token: this.token, username: this.username, rotatesAt: this.rotatesAt });
  }

  /** Every `up` succeeds while GitLab's expiry comes nearer: nothing else would tell. */
  private warnIfHeld({ end, expiry }: Slot, expires: boolean): void {
    if (now().getTime() < end) return;
    const [due, dead] = [end, expiry].map((instant) => new Date(instant).toISOString());
    const limit = expires
      ? ` The current one stops working at ${dead}, whatever rotation takes for now.`
      : "";
    void pulumi.log.warn(`gitlab:rotationTime holds a token back that is due since ${due}.${limit}`, this);
  }
}

/** The instant that rotation takes for now: set, to hold it in a freeze, or the clock's. */
function rotationTime(): number {
  const config = pulumi.runtime.allConfig();
  const found = findSetting("rotationTime", (key) => config[key], process.env);
  if (found === undefined) return now().getTime();
  const instant = normalizeInstant(found.value);
  if (instant !== undefined) return Date.parse(instant);
  throw new pulumi.RunError(`${found.source} is ${JSON.stringify(found.value)}; wanted: ${dateWanted}`);
}

/** Backends without organizations call it so; mocks have none unless they are told one. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}

const dateWanted = 'a date such as "2027-01-31", or a date-time with a zone';

function readSchedule(name: string, args: RotatingDeployTokenArgs, resource: pulumi.Resource): Schedule {
  const { rotateEveryDays, overlapDays = defaultOverlapDays(rotateEveryDays), rotationStart } = args;
  const refuse = (argument: string, value: unknown, wanted: string) =>
    new pulumi.ResourceError(
      `"${name}": ${argument} is ${JSON.stringify(value)}; wanted: ${wanted}`,
      resource,
    );
  if (!Number.isInteger(rotateEveryDays) || rotateEveryDays < 1) {
    throw refuse("rotateEveryDays", rotateEveryDays, "a whole number of days, at least 1");
  }
  if (!Number.isInteger(overlapDays) || overlapDays < 1 || overlapDays > rotateEveryDays) {
    throw refuse(
      "overlapDays",
      overlapDays,
      `a whole number of days from 1 to rotateEveryDays (${rotateEveryDays})`,
    );
  }
  if (args.rotateWhenChanged === "" || args.rotateWhenChanged?.includes("::")) {
    throw refuse("rotateWhenChanged", args.rotateWhenChanged, 'a text that is not empty and holds no "::"');
  }
  if (rotationStart === undefined) {
    const identity = [organization(), pulumi.getProject(), pulumi.getStack(), name];
    return schedule(defaultStart(identity, rotateEveryDays), rotateEveryDays, overlapDays);
  }
  const start = normalizeInstant(rotationStart);
  if (start === undefined) throw refuse("rotationStart", rotationStart, dateWanted);
  return schedule(Date.parse(start), rotateEveryDays, overlapDays);
}
