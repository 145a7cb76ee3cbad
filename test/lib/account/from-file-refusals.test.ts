import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { InputError } from '#lib/errors.ts';
import { accountFiles, all, details, role } from './authorization-details.ts';

const { folder, read, write } = accountFiles();

describe('an account file that cannot be used', () => {
  const one = JSON.stringify(details({ roles: [role('r')] }));
  const bad: [name: string, content: string | Uint8Array, message: RegExp][] = [
    ['an empty file', '', /:1:1 \(byte 0\): expected an object.*end of the file/],
    ['not JSON', 'hello', /:1:1 .*expected an object.*found "h"/],
    ['a list missing', '{"UserDetailList":[]}', /GroupDetailList, RoleDetailList, Policies missing/],
    [
      'a list that is none',
      one.replace('"Policies":[]', '"Policies":{}'),
      /expected a list .* as Policies, found "\{"/,
    ],
    ['cut off in a list', one.slice(0, 150), /ends within RoleDetailList: was it cut off/],
    ['cut off behind the lists', one.slice(0, -1), /expected , or \} .*end of the file/],
    ['something behind it', `${one} x`, /expected the end of the file/],
    ['a key twice', one.replace('{', '{"UserDetailList":[],'), /"UserDetailList" occurs twice/],
    ['the first of several pages', one.replace('{', '{"NextToken":"x",'), /only some of the account's pages/],
    ['a truncated page', one.replace('{', '{"IsTruncated":true,'), /only some of the account's pages/],
    ['nobody in it', JSON.stringify(details({})), /holds no user, role, group or policy/],
    ['lists that are not the top level', `{"Account":${one}}`, /UserDetailList, .* missing/],
    ['a broken element', one.replace('"r"', 'r'), /RoleDetailList is not JSON/],
    [
      'an element of another kind',
      one.replace('"RoleName":"r"', '"RoleName":7'),
      /not an element of RoleDetailList: RoleName: expected string/,
    ],
    [
      'a boundary without an ARN',
      JSON.stringify(details({ roles: [role('r', { PermissionsBoundary: {} })] })),
      /PermissionsBoundary\.PermissionsBoundaryArn: expected string/,
    ],
    ['an element too many commas', one.replace('}]', '},]'), /RoleDetailList is not JSON/],
    ['a list closed by a brace', `${one.slice(0, -2)}}`, /expected , or \] in Policies/],
    ['UTF-16', Buffer.from(`\ufeff${one}`, 'utf16le'), /is UTF-16/],
  ];
  test.each(bad)('refuses %s', async (_, content, message) => {
    const reading = read(content);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });

  test('points at the line of a broken element', async () => {
    const content = JSON.stringify(details({ roles: [role('a'), role('b'), role('é')] }), null, 2);
    const broken = content.replace('"AROAé"', '17');
    const line = broken.slice(0, broken.indexOf('"RoleName": "é"')).split('\n').length - 2;
    await expect(read(broken)).rejects.toThrow(new RegExp(`:${line}:5 .*RoleId`));
    const column = 17;
    const syntax = content.replace('"AROAb"', 'AROAb');
    const at = syntax.slice(0, syntax.indexOf('AROAb,')).split('\n').length;
    await expect(read(syntax)).rejects.toThrow(new RegExp(`:${at}:${column} .*not JSON`));
  });

  test('says that a file does not exist, or is no file', async () => {
    await expect(accountFromFile(join(folder, 'absent.json'))).rejects.toThrow(
      /cannot read the account file .*absent\.json: there is no such file/,
    );
    await expect(accountFromFile(folder)).rejects.toThrow(InputError);
  });

  test('notices that the file changed between two readings', async () => {
    const path = write(one);
    const file = await accountFromFile(path);
    writeFileSync(path, JSON.stringify(details({ roles: [role('another')] })));
    await expect(all(file)).rejects.toThrow(/changed while it was being read/);
  });
});
