// The page of the code, as it is after a reload or from a link.

import { followHistory } from "./kit/places.js";
import { verifyStep } from "./kit/verify.js";

verifyStep()();
followHistory();
