// npm run check: types, lint and format of the sources, and that the reference docs are up to date.
import { developmentEnvironment } from "../testing/environments.ts";
import { check } from "./lib/checks.ts";
import { assertNode } from "./lib/steps.ts";

assertNode();
await developmentEnvironment();
await check();
