import { expect, it } from 'vitest';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';

it("keeps a rule's own guards that are not taken out, however they are written", () => {
  const file = `principals:
  - match: user/ana
    expect: []
    guards: [mfa, { tls: true, actions: [rekognition:DetectFaces] }, { without: off site, source-ip: 198.51.100.0/24 }]
`;
  const office = { 'source-ip': '198.51.100.0/24', without: 'off site' };
  const tls = { actions: ['rekognition:DetectFaces'], tls: true as const };
  const rule = { expect: [], guards: ['mfa', tls, office], own: true };
  const at = { file: 'expectations.yaml', line: 2 };
  const written = acceptIn(file, [{ subject: 'user/ana', rule, at, edit: { guards: ['mfa', office] } }]);
  const plain = (text: string) => text.replaceAll(/(?<=\{) | (?=\})/g, '');
  expect(plain(written)).toBe(plain(file.replace('{ tls: true, actions: [rekognition:DetectFaces] }, ', '')));
});
