import { describe, expect, test } from 'vitest';
import { readLog, readOne } from '../../support/log-lines.ts';

describe('klog and glog', () => {
  test('a message', () => {
    expect(readOne('klog', 'E0506 07:08:09.619642       1 reflector.go:138] Failed to watch *v1.Pod: unknown')).toEqual(
      {
        timestamp: '2026-05-06T07:08:09.619642Z',
        severityNumber: 17,
        message: 'Failed to watch *v1.Pod: unknown',
        component: 'reflector.go',
        attributes: { thread: 1, line: 138 },
      },
    );
  });

  test('a message with pairs', () => {
    const line =
      'I0506 07:08:09.619642       1 pod.go:12] "Pod \\"a\\" status updated" pod="kube-system/kube dns" attempt=3 err="gone"';
    expect(readOne('klog', line)).toMatchObject({
      message: 'Pod "a" status updated',
      component: 'pod.go',
      attributes: { line: 12, pod: 'kube-system/kube dns', attempt: 3, err: 'gone' },
    });
  });

  test('a quoted message with text after it stays whole', () => {
    const line = 'I0506 07:08:09.619642       1 pod.go:12] "a" is no pod, b=1';
    expect(readOne('klog', line)).toMatchObject({ message: '"a" is no pod, b=1' });
  });

  test('glog with a year', () => {
    expect(readOne('klog', 'W20240506 07:08:09.619642 52452 x.cc:9] hm')).toMatchObject({
      timestamp: '2024-05-06T07:08:09.619642Z',
      severityNumber: 13,
    });
  });
});

test.each([
  [
    'fail2ban',
    '2024-05-06 07:08:09,772 fail2ban.actions        [1665]: WARNING [sshd] Ban 192.0.2.1',
    { severityNumber: 13, message: '[sshd] Ban 192.0.2.1', component: 'fail2ban.actions', attributes: { pid: 1665 } },
  ],
  [
    'fail2ban',
    '2024-05-06 07:08:09,772 fail2ban.actions: WARNING [ssh] Ban 192.0.2.1',
    { severityNumber: 13, message: '[ssh] Ban 192.0.2.1', component: 'fail2ban.actions' },
  ],
  [
    'windows-cbs',
    '2024-05-06 07:08:09, Error                 CBS    Failed to load Windows Update [HRESULT = 0x80040154]',
    { severityNumber: 17, component: 'CBS', message: 'Failed to load Windows Update [HRESULT = 0x80040154]' },
  ],
  [
    'pacman',
    '[2024-05-06T09:08:09+0200] [ALPM] installed zsh (5.9-4)',
    { component: 'ALPM', message: 'installed zsh (5.9-4)' },
  ],
  [
    'journalctl',
    'Mon 2024-05-06 07:08:09 UTC web-1 sshd[12]: Accepted publickey',
    { host: 'web-1', component: 'sshd', message: 'Accepted publickey', attributes: { pid: 12 } },
  ],
  [
    'auditd',
    'type=USER_LOGIN msg=audit(1714979289.772:456): pid=7 uid=0 msg=\'op=login acct="bob" exe="/usr/sbin/sshd" hostname=? res=failed\'',
    {
      severityNumber: 13,
      component: 'audit',
      attributes: { type: 'USER_LOGIN', auditId: '456', pid: '7', acct: 'bob', exe: '/usr/sbin/sshd', res: 'failed' },
    },
  ],
  [
    'windows-dhcp',
    '10,05/06/24,07:08:09,Assign,192.0.2.5,pc7.example.com,AABBCCDDEEFF,,12,0,,,,,,,,,0',
    { action: 'Assign', attributes: { eventId: 10, address: '192.0.2.5', name: 'pc7.example.com' } },
  ],
])('%s: %s', (format, line, expected) => {
  const draft = readOne(format, line);
  expect(draft).toMatchObject(expected);
  expect(draft.timestamp).toMatch(/^2024-05-06T07:08:09\./);
});

test('dmesg has no time, except with -T', () => {
  const draft = readOne('dmesg', '[    1.234567] usb 1-1: new high-speed USB device');
  expect(draft).toEqual({
    message: 'usb 1-1: new high-speed USB device',
    component: 'kernel',
    attributes: { uptimeSeconds: 1.234567 },
  });
  expect(readOne('dmesg', 'kern  :warn  : [    1.234567] hm')).toMatchObject({
    severityNumber: 13,
    attributes: { facility: 'kern' },
  });
  expect(readOne('dmesg', '[Mon May  6 07:08:09 2024] hm')).toMatchObject({ timestamp: '2024-05-06T07:08:09.000000Z' });
});

test('apt: one record for each run', () => {
  const { entries } = readLog([
    '',
    'Start-Date: 2024-05-06  07:08:09',
    'Commandline: apt install zsh',
    'Install: zsh:amd64 (5.9-4)',
    'End-Date: 2024-05-06  07:08:12',
    '',
    'Start-Date: 2024-05-07  07:08:09',
    'Commandline: apt remove zsh',
    'End-Date: 2024-05-07  07:08:12',
  ]);
  expect(entries).toHaveLength(2);
  expect(entries[0]!.draft).toMatchObject({ timestamp: '2024-05-06T07:08:09.000000Z', component: 'apt' });
  expect(entries[0]!.draft.message).toContain('Install: zsh:amd64');
});

test('Zeek: the head names the columns', () => {
  const { format, entries } = readLog([
    '#separator \\x09',
    '#unset_field\t-',
    '#path\thttp',
    '#fields\tts\tuid\tid.orig_h\tid.resp_p\tmethod\thost\turi\tuser_agent\tstatus_code',
    '#types\ttime\tstring\taddr\tport\tstring\tstring\tstring\tstring\tcount',
    '1714979289.772000\tCHhAvVGS1\t10.0.0.7\t80\tGET\texample.com\t/a?b\tcurl/8\t404',
    '#close\t2024-05-06-08-00-00',
  ]);
  expect(format).toBe('zeek');
  expect(entries.map(({ draft }) => draft)).toMatchObject([
    {
      timestamp: '2024-05-06T07:08:09.772000Z',
      severityNumber: 13,
      component: 'http',
      httpMethod: 'GET',
      httpPath: '/a?b',
      httpStatus: 404,
      httpClientIp: '10.0.0.7',
      httpUserAgent: 'curl/8',
      attributes: { uid: 'CHhAvVGS1', host: 'example.com', 'id.resp_p': '80' },
    },
  ]);
});
