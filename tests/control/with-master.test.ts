import { testBehaviours } from "./behaviours.ts";

testBehaviours("a master");
