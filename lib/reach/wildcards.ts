/**
 * Stands before what may be an action, as the source of a regular expression: what is first under Resource is none, and
 * nearly every policy has `"Resource": "*"`. For cheap looks at a policy's text, of which false is certain.
 */
export const NOT_A_RESOURCE = String.raw`(?<!"Resource"\s*:\s*(?:\[\s*)?)`;

/** What a policy says by which somebody may come to more. */
const MAY_ESCALATE = new RegExp(String.raw`iam:[^:]|NotAction|\\u|${NOT_A_RESOURCE}"[*?]|"i[*?am]*[*?]`, 'i');

/** Whether a policy may let somebody come to more, cheaply: false is certain. */
export const mayEscalateBy = ({ text }: { readonly text: string }): boolean => MAY_ESCALATE.test(text);
