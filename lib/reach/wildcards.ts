/**
 * Stands before what may be an action, as the source of a regular expression: what is first under Resource is none, and
 * nearly every policy has `"Resource": "*"`. For cheap looks at a policy's text, of which false is certain.
 */
export const NOT_A_RESOURCE = String.raw`(?<!"Resource"\s*:\s*(?:\[\s*)?)`;
