import * as pulumi from "@pulumi/pulumi";
import { now } from "../clock.js";
import { describeValue } from "../describe-value.js";
import { findSetting } from "../find-setting.js";
import { normalizeInstant } from "../gitlab/dates.js";
import type { OwnerKind } from "../gitlab/owner.js";
import type { DeployTokenScope } from "../gitlab/scopes.js";
import { checkProgramArguments, isMocked } from "../program-arguments.js";
import { argumentError } from "./argument-error.js";
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
  /** The name in GitLab, the same for every token of the rotation. @default the name of the component */
  name?: pulumi.Input<string | undefined>;
  /** The scopes of the tokens, at least one. A change takes effect at once, without an overlap. */
  scopes: pulumi.Input<readonly pulumi.Input<DeployTokenScope>[]>;
  /**
   * The user name for each token: 1 to 255 letters, digits and `. + _ -`.
   *
   * @default `gitlab+deploy-token-<id>`, different for each token
   */
  username?: pulumi.Input<string | undefined>;
  /** The length of a slot in days, a whole number of at least 1. Each slot has its own token. */
  rotateEveryDays: number;
  /**
   * The number of days of a slot in which the token of the previous slot still works, from 1 to `rotateEveryDays`. In these
   * days, first run this stack, and then each stack that reads the token.
   *
   * @default a third of `rotateEveryDays`, at least 1, at most 30
   */
  overlapDays?: number;
  /**
   * The start of a slot: a date, or a date-time with a zone. Set it before you rename the organization, project, stack or
   * component.
   *
   * @default a midnight derived from organization, project, stack and name, so that stacks rotate on different days
   */
  rotationStart?: string;
  /** Whether each token expires `overlapDays` after the end of its slot. @default true */
  expire?: boolean;
  /**
   * Any non-empty string without `::`, such as a date. After a leak, change it: one `pulumi up` then creates new tokens,
   * updates the resources that use them, and deletes all old tokens.
   */
  rotateWhenChanged?: string;
}

/** One token of a rotation, as both classes have it. */
interface RotationToken extends pulumi.CustomResource {
  readonly token: pulumi.Output<string>;
  readonly username: pulumi.Output<string>;
  readonly baseUrl: pulumi.Output<string>;
  readonly deployTokenId: pulumi.Output<number>;
}

type Declare<T> = (name: string, args: DeployTokenArgs, opts: pulumi.CustomResourceOptions) => T;

/** The common part of `RotatingProjectDeployToken` and `RotatingGroupDeployToken`. */
export abstract class RotatingDeployToken<T extends RotationToken> extends pulumi.ComponentResource {
  /** The value of the current token, a secret. */
  readonly token: pulumi.Output<string>;
  /** The user name of the current token. */
  readonly username: pulumi.Output<string>;
  /** The start of the next slot, in the form `2027-01-31T00:00:00.000Z`. */
  readonly rotatesAt: pulumi.Output<string>;
  /** The address of the GitLab that has the tokens. */
  readonly baseUrl: pulumi.Output<string>;
  /** The token of the current slot. */
  readonly current: T;
  /** The token of the previous slot; undefined outside the overlap. */
  readonly previous: T | undefined;

  protected constructor(
    type: string,
    kind: OwnerKind,
    name: string,
    args: RotatingDeployTokenArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
    declare: Declare<T>,
  ) {
    checkRotation(type.split(":").at(-1) ?? type, kind, name, args, opts);
    super(type, name, {}, opts);
    const slots = slotsAt(rotationTime(), readSchedule(name, args));
    const suffix = args.rotateWhenChanged === undefined ? "" : `-${args.rotateWhenChanged}`;
    const one = (slot: Slot, options: pulumi.CustomResourceOptions): T => {
      const date = new Date(slot.start).toISOString().slice(0, 10);
      const expiresAt = args.expire === false ? undefined : new Date(slot.expiry).toISOString();
      const { scopes, username } = args;
      const common = { name: args.name ?? name, scopes, username, expiresAt };
      return declare(`${name}-${date}${suffix}`, common, { ...options, parent: this });
    };
    // The older token comes first: the run then knows it before it creates the new one, and reports no untracked token.
    this.previous = slots.previous === undefined ? undefined : one(slots.previous, { protect: false });
    this.current = one(slots.current, {});
    this.token = this.current.token;
    this.username = this.current.username;
    this.baseUrl = this.current.baseUrl;
    this.rotatesAt = pulumi.output(new Date(slots.current.end).toISOString());
    this.warnIfHeld(slots.current, args.expire !== false);
    void this.warnIfMissing(slots.current);
    this.registerOutputs({ token: this.token, username: this.username, rotatesAt: this.rotatesAt });
  }

  /** Each `up` succeeds although the current token will expire in GitLab, so only this warning shows it. */
  private warnIfHeld({ end, expiry }: Slot, expires: boolean): void {
    if (now().getTime() < end) return;
    const [due, dead] = [end, expiry].map((instant) => new Date(instant).toISOString());
    const limit = expires ? ` The current token expires at ${dead}, regardless of this setting.` : "";
    const source = rotationSetting()?.source;
    void pulumi.log.warn(`${source} delays a rotation that is due since ${due}.${limit}`, this);
  }

  /**
   * A refresh that runs the program creates nothing: after the start of a slot, the engine then has no outputs of the
   * slot's token, and may store its text for an unknown value.
   */
  private async warnIfMissing({ start }: Slot): Promise<void> {
    if (pulumi.runtime.isDryRun() || isMocked()) return;
    const id = await idOf(this.current);
    if (typeof id === "number" || id === failed) return;
    const since = new Date(start).toISOString();
    void pulumi.log.warn(
      `This run does not create the token of the slot since ${since}, which is not in the state. ` +
        `An output of it is lost, or is stored as the text ${pulumi.runtime.unknownValue}: run pulumi up before another stack reads it.`,
      this,
    );
  }
}

/** A token's id as the engine answered it: an unknown one is no number. */
async function idOf(token: RotationToken): Promise<unknown> {
  const output = token.deployTokenId as unknown as { promise(withUnknowns: boolean): Promise<unknown> };
  return output.promise(true).catch(() => failed);
}

const failed = Symbol("failed");

function rotationSetting(): ReturnType<typeof findSetting> {
  const config = pulumi.runtime.allConfig();
  return findSetting("rotationTime", (key) => config[key], process.env);
}

/** The time that rotation treats as "now": the setting, which delays rotation in a freeze, or the clock. */
function rotationTime(): number {
  const found = rotationSetting();
  if (found === undefined) return now().getTime();
  const instant = normalizeInstant(found.value);
  if (instant !== undefined) return Date.parse(instant);
  throw argumentError(`${found.source} is ${describeValue(found.value)}; wanted: ${dateWanted}`);
}

/** Backends without organizations use this name. Mocks have an organization only if a test sets one. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}

const dateWanted = 'a date such as "2027-01-31", or a date-time with a zone';

/** @throws pulumi.ResourceError if an argument of a rotating component is misspelt or not valid. */
function checkRotation(className: string, kind: OwnerKind, name: string, args: unknown, opts: Options): void {
  const what = `${className} "${name}"`;
  const refuse = (message: string) => argumentError(message, opts?.parent);
  checkProgramArguments(what, args, { names: [kind, ...argumentNames] }, refuse, opts?.parent);
  const { rotateWhenChanged, expire, rotationStart } = args as Readonly<Record<string, unknown>>;
  const wrong = (argument: string, value: unknown, wanted: string) =>
    refuse(`${what}: ${argument} is ${describeValue(value)}; wanted: ${wanted}`);
  if (expire !== undefined && typeof expire !== "boolean") throw wrong("expire", expire, "true or false");
  const isText = typeof rotateWhenChanged === "string" && rotateWhenChanged !== "";
  if (rotateWhenChanged !== undefined && (!isText || rotateWhenChanged.includes("::")))
    throw wrong("rotateWhenChanged", rotateWhenChanged, 'a non-empty string without "::"');
  if (rotationStart !== undefined && (typeof rotationStart !== "string" || !normalizeInstant(rotationStart)))
    throw wrong("rotationStart", rotationStart, dateWanted);
  const { rotateEveryDays, overlapDays } = args as Partial<RotatingDeployTokenArgs>;
  const isDays = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 1;
  if (!isDays(rotateEveryDays))
    throw wrong("rotateEveryDays", rotateEveryDays, "a whole number of days, at least 1");
  if (overlapDays !== undefined && (!isDays(overlapDays) || overlapDays > rotateEveryDays)) {
    const wanted = `a whole number of days from 1 to rotateEveryDays (${rotateEveryDays})`;
    throw wrong("overlapDays", overlapDays, wanted);
  }
}

type Options = pulumi.ComponentResourceOptions | undefined;

const argumentNames = [
  ...["name", "scopes", "username"],
  ...["rotateEveryDays", "overlapDays", "rotationStart", "expire", "rotateWhenChanged"],
];

function readSchedule(name: string, args: RotatingDeployTokenArgs): Schedule {
  const { rotateEveryDays, overlapDays = defaultOverlapDays(rotateEveryDays), rotationStart } = args;
  if (rotationStart === undefined) {
    const identity = [organization(), pulumi.getProject(), pulumi.getStack(), name];
    return schedule(defaultStart(identity, rotateEveryDays), rotateEveryDays, overlapDays);
  }
  return schedule(Date.parse(normalizeInstant(rotationStart) ?? ""), rotateEveryDays, overlapDays);
}
