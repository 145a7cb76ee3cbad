import { list, pair, resolveValue, type Scope, scalar, someText, text } from './intrinsics.ts';
import { isObject, TemplateError, type TemplateValue } from './yaml.ts';

/** Two texts of which a part is unknown: nobody can say whether they are equal. */
export class UndecidedError extends Error {}

/** Works out a condition: Fn::Equals, And, Or, Not, Contains, EachMemberIn, EachMemberEquals or `Condition: Name`. */
export function resolveCondition(value: TemplateValue, scope: Scope, where: string): boolean {
  if (!isObject(value)) throw new TemplateError(where, 'a condition must be a condition function');
  const [key = ''] = Object.keys(value);
  const argument = value[key] ?? null;
  const inside = `${where}.${key}`;
  const some = (wanted: boolean): boolean => someCondition(list(argument, inside), wanted, scope, inside);
  const lists = (): [TemplateValue[], TemplateValue] => {
    const [values, other] = pair(argument, inside);
    const both = [resolveValue(values, scope, inside), resolveValue(other, scope, inside)];
    if (scope.unknowns !== undefined && someText(both, scope.unknowns.isOpen))
      throw new UndecidedError(where);
    return [list(resolveValue(values, scope, inside), inside), resolveValue(other, scope, inside)];
  };
  switch (key) {
    case 'Condition':
      return scope.condition(text(argument, inside), where);
    case 'Fn::Equals': {
      const [left, right] = pair(argument, inside);
      const texts = [resolveValue(left, scope, inside), resolveValue(right, scope, inside)] as const;
      const open = scope.unknowns !== undefined && someText([...texts], scope.unknowns.isOpen);
      if (open && JSON.stringify(texts[0]) !== JSON.stringify(texts[1])) throw new UndecidedError(where);
      return same(...texts);
    }
    case 'Fn::And':
    case 'Fn::Not':
      return (key === 'Fn::Not') === some(false);
    case 'Fn::Or':
      return some(true);
    case 'Fn::Contains': {
      const [values, wanted] = lists();
      return values.some((item) => same(item, wanted));
    }
    case 'Fn::EachMemberEquals': {
      const [values, wanted] = lists();
      return values.every((item) => same(item, wanted));
    }
    case 'Fn::EachMemberIn': {
      const [values, allowed] = lists();
      return values.every((item) => list(allowed, inside).some((one) => same(item, one)));
    }
    default:
      throw new TemplateError(where, `${key} is not a condition function that is supported here`);
  }
}

/**
 * Whether one of the conditions is as wanted. One that is decides, whatever the others are, so no other is read after it;
 * where none is, one that cannot be worked out leaves it undecided.
 */
function someCondition(
  conditions: readonly TemplateValue[],
  wanted: boolean,
  scope: Scope,
  where: string,
): boolean {
  let undecided: UndecidedError | undefined;
  for (const condition of conditions) {
    try {
      if (resolveCondition(condition, scope, where) === wanted) return true;
    } catch (error) {
      if (!(error instanceof UndecidedError)) throw error;
      undecided ??= error;
    }
  }
  if (undecided !== undefined) throw undecided;
  return false;
}

function same(left: TemplateValue, right: TemplateValue): boolean {
  return scalar(left, 'Fn::Equals') === scalar(right, 'Fn::Equals');
}
