// @ts-check
/** The name and its mark, for the agents' page. */
export { Brand } from "../shared/brand.js";
