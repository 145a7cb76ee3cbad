import { all, any, constant, type Formula, not } from './formula.ts';
import { isChoice, isIn, type Plan, someElement, Unencodable } from './keys.ts';
import { inAnyCase } from './languages.ts';

export const requestTag = 'aws:requesttag/';

/** That a key whose values are listed has one of them. */
export function isValue({ present, elements }: Plan, text: string): Formula[] {
  const value = elements[0]?.value;
  if (value?.kind !== 'finite') throw new Unencodable('a value of a key that has any');
  return [present, isChoice(value.term, value.values.indexOf(text))];
}

/** Values of IAM's keys that go together. Source: IAM User Guide, "AWS global condition context keys". */
export function* couplings(plans: ReadonlyMap<string, Plan>): Generator<Formula> {
  const present = (key: string): Formula => plans.get(key)?.present ?? constant(false);
  const throughEndpoint = any(...['aws:sourcevpc', 'aws:sourcevpce', 'aws:vpcsourceip'].map(present));
  yield not(all(present('aws:sourceip'), throughEndpoint));
  const mfa = plans.get('aws:multifactorauthpresent');
  if (mfa) yield any(not(present('aws:multifactorauthage')), all(mfa.present, ...isValue(mfa, 'true')));
  const tagKeys = plans.get('aws:tagkeys');
  if (!tagKeys) return;
  for (const [key, plan] of plans) {
    if (!key.startsWith(requestTag)) continue;
    const name = inAnyCase(key.slice(requestTag.length));
    if (name === undefined) throw new Unencodable('letters beyond ASCII in any case');
    const named = all(
      tagKeys.present,
      someElement(tagKeys, (value) => isIn(value, name)),
    );
    yield any(all(plan.present, named), all(not(plan.present), not(named)));
  }
}
