/** Which device compiled functions run on where they don't say so themselves. */
import type { DeviceName } from './session.ts';

let current: DeviceName = 'cpu';

export function currentDevice(): DeviceName {
  return current;
}

export function setCurrentDevice(name: DeviceName): void {
  current = name;
}
