import type { ProfileName } from "../../provider/testing/index.js";
import { type Profile, profiles } from "../../provider/testing/profiles.js";

/** The version that the emulator emulates: `GITLAB_PROFILE`, one of its profiles. */
export const profileName = (process.env["GITLAB_PROFILE"] ?? "latest") as ProfileName;
export const profile: Profile = profiles[profileName];
