import type { PolicySource } from '@permission-check/iam-policy';
import { regionProblem } from '#lib/catalog/regions.ts';
import { baselineOf, defaultRegion } from './baseline.ts';
import { problemOfKey, problemOfValue } from './condition-keys.ts';
import type { Dated } from './due.ts';
import { RuleBookExpectations } from './expectations.ts';
import { FileGuards } from './file-guards.ts';
import { listOf } from './list.ts';
import { type Complain, type LocatedData, locatedIn, type YamlFile } from './located.ts';
import { RuleReader, writtenRule } from './read-rules.ts';
import type { Rule } from './rule-book.ts';
import { entry, namePattern, type Outline, outlineSchema } from './schema.ts';
import { OwnSets, type SetItems } from './sets.ts';
import { describePath, readShape } from './shape.ts';
import { readSuppression, suppressionWords } from './suppressions.ts';
import type { Baseline, Diagnostic, Expectations } from './types.ts';

export interface ExpectationOptions {
  /** For a file that names no Region, with a warning for one that names another; us-east-1 when left out. */
  readonly region?: string;
  /** The moment of the run, for aws:CurrentTime. */
  readonly now?: Date;
}

export interface ReadExpectations {
  /** To be used only when no diagnostic is an error. */
  readonly expectations: Expectations;
  readonly diagnostics: Diagnostic[];
  /** What a person should think over although it is right: told by `validate`, not by every check. */
  readonly advice: Diagnostic[];
  /** How many rules it has. */
  readonly rules: number;
  /** Rules and suppressions that are to be looked at again. */
  readonly dated: readonly Dated[];
  /** The file's own sets as policies. */
  readonly sets: ReadonlyMap<string, readonly PolicySource[]>;
}

/**
 * What expectations.yaml says. Never throws for what is in the file: everything wrong with it is a diagnostic with its
 * line. It knows nothing of YAML, whose parser is more than a function needs to start.
 *
 * @param file what to call it in messages
 */
export function readExpectations(
  located: LocatedData,
  file: string,
  options: ExpectationOptions = {},
): ReadExpectations {
  const yaml = locatedIn(located, file);
  const diagnostics = [...yaml.diagnostics];
  const reader = new FileReader(yaml, diagnostics);
  const read = reader.read(file, options, JSON.stringify(located));
  diagnostics.sort((a, b) => a.location.line - b.location.line);
  return { ...read, diagnostics };
}

/** The expectations of a team that has written no file. */
export function builtInExpectations(options: ExpectationOptions = {}): Expectations {
  return new RuleBookExpectations({
    source: 'built-in expectation',
    content: '',
    baseline: baselineOf({}, options.region ?? defaultRegion, options.now ?? new Date()),
    rules: [],
    fallback: {
      demand: { kind: 'built-in' },
      guards: [],
      written: { expect: 'built-in', own: false },
    },
    suppressions: [],
  });
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

class FileReader {
  readonly #yaml: YamlFile;
  readonly #diagnostics: Diagnostic[];
  readonly #complain: Complain;

  constructor(yaml: YamlFile, diagnostics: Diagnostic[]) {
    this.#yaml = yaml;
    this.#diagnostics = diagnostics;
    this.#complain = (message, path, severity = 'error') =>
      diagnostics.push({ severity, message: `${describePath(path)}${message}`, location: yaml.locate(path) });
  }

  read(file: string, options: ExpectationOptions, content: string) {
    const outline = this.#outline();
    const baseline = this.#baseline(outline, options);
    const sets = new OwnSets(this.#sets(outline), this.#complain);
    sets.readAll();
    const guards = this.#guards(outline, baseline);
    const today = (options.now ?? new Date()).toISOString().slice(0, 10);
    const reader = new RuleReader({ yaml: this.#yaml, complain: this.#complain, sets, guards, today });
    const rules = (outline.principals ?? []).flatMap((value, index): Rule[] => {
      const path = ['principals', index];
      const rule = readShape(this.#yaml, entry.rule, value, path, this.#diagnostics);
      return rule === undefined ? [] : [reader.rule(rule, path)];
    });
    const demand = reader.demand(outline.default ?? 'built-in', ['default']);
    const suppressions = (outline.suppress ?? []).flatMap((value, index) => {
      const path = ['suppress', index];
      const input = readShape(this.#yaml, entry.suppression, value, path, this.#diagnostics);
      return input === undefined ? [] : [readSuppression(input, path, this.#yaml, this.#complain)];
    });
    const suppressed = suppressions.map(
      ({ suppression }): Dated => ({
        ...suppression,
        kind: 'suppression',
        whom: suppression.principal ?? suppressionWords(suppression),
      }),
    );
    if (!hasErrors(this.#diagnostics)) {
      for (const name of sets.unused()) this.#complain('the set is never used', ['sets', name], 'warning');
    }
    const fallback = {
      demand,
      guards: guards.every().guards,
      written: writtenRule(outline.default ?? 'built-in', guards.every().written),
      ...(outline.default === undefined ? {} : { location: this.#yaml.locate(['default']) }),
    };
    const book = { source: file, content, baseline, rules, fallback, suppressions };
    const expectations = new RuleBookExpectations(book);
    return {
      expectations,
      sets: sets.all(),
      rules: rules.length,
      advice: reader.advice,
      dated: [...reader.dated, ...suppressed],
    };
  }

  #baseline(outline: Outline, options: ExpectationOptions) {
    const region = outline.region ?? options.region ?? defaultRegion;
    const wrongRegion = outline.region === undefined ? undefined : regionProblem(outline.region);
    if (wrongRegion !== undefined) this.#complain(wrongRegion.message, ['region'], wrongRegion.severity);
    if (options.region !== undefined && options.region !== region) {
      this.#complain(`used, although the check was started for ${options.region}`, ['region'], 'warning');
    }
    const baseline = baselineOf(outline.context ?? {}, region, options.now ?? new Date());
    this.#checkContext(outline.context ?? {});
    if (Object.keys(outline).length === 0 && !hasErrors(this.#diagnostics)) {
      this.#complain('the file says nothing: the built-in expectation holds', [], 'warning');
    }
    return baseline;
  }

  #checkContext(context: NonNullable<Outline['context']>): void {
    for (const [key, value] of Object.entries(context)) {
      const unknown = problemOfKey(key);
      if (unknown !== undefined) {
        this.#complain(unknown, ['context', key], key.includes(':') ? 'warning' : 'error');
        continue;
      }
      for (const { severity, message } of listOf(value).flatMap(
        (one) => problemOfValue(key, String(one)) ?? [],
      )) {
        this.#complain(message, ['context', key], severity);
      }
    }
  }

  /** The sections whose outline is right; the others are left out after complaining. */
  #outline(): Outline {
    const data = this.#yaml.data ?? {};
    const outline = readShape(this.#yaml, outlineSchema, data, [], this.#diagnostics);
    if (outline !== undefined) return outline;
    const isSound = ([key, value]: [string, unknown]) => outlineSchema.safeParse({ [key]: value }).success;
    const sound = typeof data === 'object' ? Object.entries(data).filter(isSound) : [];
    return outlineSchema.safeParse(Object.fromEntries(sound)).data ?? {};
  }

  /** The items of each set; undefined for one whose shape is wrong. */
  #sets(outline: Outline): Map<string, SetItems> {
    return new Map(
      this.#named('sets', outline).map(([name, value]) => {
        const items = Array.isArray(value) ? value : [value];
        return [
          name,
          items.map((item: unknown, index) =>
            readShape(this.#yaml, entry.setItem, item, ['sets', name, index], this.#diagnostics),
          ),
        ];
      }),
    );
  }

  #guards(outline: Outline, baseline: Baseline): FileGuards {
    const inputs = this.#named('guards', outline).map(
      ([name, value]) =>
        [name, readShape(this.#yaml, entry.guard, value, ['guards', name], this.#diagnostics)] as const,
    );
    return new FileGuards(inputs, baseline, this.#complain);
  }

  #named(section: 'sets' | 'guards', outline: Outline): [string, unknown][] {
    const entries = Object.entries(outline[section] ?? {});
    for (const [name] of entries) {
      if (namePattern.test(name)) continue;
      this.#complain('use letters, digits, "-", "_" and "." in names', [section, name]);
    }
    return entries;
  }
}
