import { actions, findAction } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { sensitivityClasses } from '#lib/catalog/sensitivity.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { InputError } from '#lib/errors.ts';
import { actionsMatching } from '#lib/expectation/action-patterns.ts';

/**
 * The actions that a person names: `DeleteFaces`, `rekognition:DeleteFaces`, with `*` and `?`; in the catalogue's order.
 * @throws {InputError} for what is no action, with one that may be meant
 */
export function actionsNamed(names: readonly string[]): CatalogAction[] {
  const found = new Set(names.flatMap(named));
  return actions.filter((action) => found.has(action));
}

function named(name: string): readonly CatalogAction[] {
  const one = findAction(name);
  if (one !== undefined) return [one];
  const bare = name.replace(/^rekognition:/i, '');
  const matching = /[*?]/.test(bare) ? actionsMatching(`rekognition:${bare}`) : [];
  if (matching.length > 0) return matching;
  const meant = didYouMean(
    bare,
    actions.map((action) => action.name),
  );
  throw new InputError(`Rekognition has no action "${bare}"${meant}`);
}

/**
 * The actions of a class of sensitivity, `biometric-write`.
 * @throws {InputError} for what is no class
 */
export function actionsThatMean(name: string): CatalogAction[] {
  const classes = sensitivityClasses.map(({ sensitivity }) => sensitivity);
  const found = sensitivityClasses.find(({ sensitivity }) => sensitivity === name.toLowerCase());
  if (found !== undefined) return actionsNamed(found.actions);
  throw new InputError(`--means ${name}: the classes are ${classes.join(', ')}${didYouMean(name, classes)}`);
}

/**
 * The actions that are named, or those of a class.
 * @throws {InputError} for both, for neither, and for what is no action or class
 */
export function actionsAsked(names: readonly string[], means: string | undefined): CatalogAction[] {
  if (means !== undefined && names.length > 0) throw new InputError('name actions, or --means, not both');
  if (means !== undefined) return actionsThatMean(means);
  if (names.length === 0)
    throw new InputError('name an action, such as DeleteFaces, or a class with --means');
  return actionsNamed(names);
}
