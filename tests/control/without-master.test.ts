import { testBehaviours } from "./behaviours.ts";

testBehaviours("no master");
