/** One mail address without a name before it. Nothing in it can begin another header or another address. */
const ADDRESS = /^[^\s@,;:<>()[\]"\\]{1,64}@[^\s@,;:<>()[\]"\\]{1,255}$/;

export const isMailAddress = (text: string): boolean => ADDRESS.test(text);

/** The addresses of the target of an EMAIL notifier. */
export const addressesIn = (target: string): string[] =>
  target
    .split(',')
    .map((address) => address.trim())
    .filter(isMailAddress);

export const isHttp = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';
