import { ANY, ANY_WITHIN, ONE, ONE_WITHIN, segmentsOf } from '../reference/patterns.ts';
import { all, any, constant, type Formula, ifThenElse, not } from './formula.ts';
import { isIn, Unencodable, type Value } from './keys.ts';
import { inAnyCase, languageOf } from './languages.ts';
import { isLikePieces, type Piece, patternOf, type Scene, variantsOf } from './texts.ts';

/** The operators on texts: one value of a request against one value of a policy. */

export function matchesText(operator: string, value: Value, wanted: string, scene: Scene): Formula {
  const variants = variantsOf(wanted, operator.endsWith('Like'), scene);
  return any(
    ...variants.map(({ when, pieces }) =>
      all(when, pieces ? matchesPieces(operator, value, pieces) : constant(false)),
    ),
  );
}

function matchesPieces(operator: string, value: Value, pieces: readonly Piece[]): Formula {
  if (operator === 'Bool') return isSame(isTrue(value), truthOfPieces(pieces));
  if (!operator.endsWith('IgnoreCase')) return isLikePieces(value, pieces);
  const text = patternOf(pieces);
  if (text === undefined) throw new Unencodable('a variable in any case');
  if (value.kind === 'literal') throw new Unencodable('a known text in any case against a variable');
  return isIn(value, inAnyCase(text));
}

const isSame = (a: Formula, b: Formula): Formula => ifThenElse(a, b, not(b));

/** Bool takes every text but `true` for false. */
function isTrue(value: Value): Formula {
  if (value.kind === 'literal') return constant(value.text.toLowerCase() === 'true');
  return isIn(value, inAnyCase('true'));
}

function truthOfPieces(pieces: readonly Piece[]): Formula {
  const text = patternOf(pieces);
  if (text !== undefined) return constant(text.toLowerCase() === 'true');
  const [only, ...others] = pieces;
  if (typeof only !== 'object' || others.length > 0)
    throw new Unencodable('a variable in part of a truth value');
  return isTrue({ kind: 'text', variable: only.variable, language: undefined });
}

/** The ARNs that a value of an Arn… operator is like; undefined: none. */
export function arnLanguage(wanted: string, scene: Scene): string | 'error' | undefined {
  const [variant, ...others] = variantsOf(wanted, true, scene);
  const pattern = variant?.pieces && patternOf(variant.pieces);
  if (others.length > 0 || (variant?.pieces && pattern === undefined))
    throw new Unencodable('a variable in an ARN');
  if (pattern === undefined) return undefined;
  const segments = segmentsOf(pattern);
  if (segments.length < 6) return 'error';
  const bound = segments.map((segment, index) =>
    index === 5 ? segment : segment.replaceAll(ANY, ANY_WITHIN).replaceAll(ONE, ONE_WITHIN),
  );
  return languageOf(bound.join(':'));
}
