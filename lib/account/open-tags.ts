/** Stands for tags of which not even the keys are known (OpenFacts). */
export const ANY_TAG = '*';

/** How a tag is called whose value is not known. */
export const tagWords = (tag: string, alias: string): string => `the tag ${tag} of ${alias}`;
