import { API_TARGETS } from "./api_targets.ts";
import { COMMAND_TARGETS } from "./command_targets.ts";
import { DOCTOR_TARGETS } from "./doctor_targets.ts";
import { FILE_TARGETS } from "./file_targets.ts";
import type { Target } from "./fuzz.ts";
import { KEY_TARGETS } from "./key_targets.ts";
import { PROTOCOL_TARGETS } from "./protocol_targets.ts";
import { STORE_TARGETS } from "./store_targets.ts";
import { STREAM_TARGETS } from "./stream_targets.ts";
import { TEXT_TARGETS } from "./text_targets.ts";

/** All targets. */
export const TARGETS: readonly Target[] = [
  ...KEY_TARGETS,
  ...PROTOCOL_TARGETS,
  ...API_TARGETS,
  ...STREAM_TARGETS,
  ...STORE_TARGETS,
  ...DOCTOR_TARGETS,
  ...TEXT_TARGETS,
  ...FILE_TARGETS,
  ...COMMAND_TARGETS,
];
