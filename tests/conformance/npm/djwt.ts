export { create } from "jsr:@zaubrik/djwt@3.0.2";
