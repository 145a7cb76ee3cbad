import { all, any, atom, constant, type Formula, not } from './formula.ts';
import { isChoice, isIn, type Plan, someElement, Unencodable } from './keys.ts';
import { inAnyCase } from './languages.ts';
import { isLikePieces } from './texts.ts';

export const requestTag = 'aws:requesttag/';

/** That a key whose values are listed has one of them. */
export function isValue({ present, elements }: Plan, text: string): Formula[] {
  const value = elements[0]?.value;
  if (value?.kind !== 'finite') throw new Unencodable('a value of a key that has any');
  return [present, isChoice(value.term, value.values.indexOf(text))];
}

/**
 * Values of IAM's keys that go together, as far as they can be said: what is left out lets more requests be, so that
 * `none` stays a proof. Source: IAM User Guide, "AWS global condition context keys".
 */
export function* couplings(plans: ReadonlyMap<string, Plan>, ownResource: boolean): Generator<Formula> {
  const present = (key: string): Formula => plans.get(key)?.present ?? constant(false);
  const throughEndpoint = any(...['aws:sourcevpc', 'aws:sourcevpce', 'aws:vpcsourceip'].map(present));
  yield not(all(present('aws:sourceip'), throughEndpoint));
  const mfa = plans.get('aws:multifactorauthpresent');
  if (mfa) yield any(not(present('aws:multifactorauthage')), all(mfa.present, ...isValue(mfa, 'true')));
  yield* oneClock(plans);
  if (ownResource) yield* oneOrganization(plans);
  const tagKeys = plans.get('aws:tagkeys');
  if (!tagKeys || tagKeys.isOpenList) return;
  for (const [key, plan] of plans) {
    if (!key.startsWith(requestTag)) continue;
    const name = inAnyCase(key.slice(requestTag.length));
    const named = all(
      tagKeys.present,
      someElement(tagKeys, (value) => isIn(value, name)),
    );
    yield any(all(plan.present, named), all(not(plan.present), not(named)));
  }
}

/** Both time keys speak of the same second. */
function* oneClock(plans: ReadonlyMap<string, Plan>): Generator<Formula> {
  const [current, epoch] = ['aws:currenttime', 'aws:epochtime'].map(
    (key) => plans.get(key)?.elements[0]?.value,
  );
  if (current === undefined || epoch === undefined) return;
  if (current.kind !== 'date' || epoch.kind !== 'date') return;
  yield atom(`(= (div ${current.term} 1000) (div ${epoch.term} 1000))`);
}

/** What belongs to the principal's account belongs to its organization, if anything says so. */
function* oneOrganization(plans: ReadonlyMap<string, Plan>): Generator<Formula> {
  const [own, other] = ['aws:principalorgid', 'aws:resourceorgid'].map((key) => plans.get(key));
  const [ownValue, otherValue] = [own?.elements[0]?.value, other?.elements[0]?.value];
  if (!own || !other || !ownValue || !otherValue) return;
  if (ownValue.kind !== 'text' || otherValue.kind !== 'text') return;
  const { variable } = ownValue;
  yield any(not(other.present), all(own.present, isLikePieces(otherValue, [{ variable }])));
}
