/** What `%time`, `%%time` and `%timeit` print, in IPython's words. */

/** A duration with three significant digits: `1.23 ms`. */
export function duration(seconds: number): string {
  if (seconds >= 60) return `${Math.floor(seconds / 60)}min ${Math.round(seconds % 60)}s`;
  const [scale, unit] =
    seconds >= 1 ? [1, 's'] : seconds >= 1e-3 ? [1e3, 'ms'] : seconds >= 1e-6 ? [1e6, 'µs'] : [1e9, 'ns'];
  return `${Number((seconds * (scale as number)).toPrecision(3))} ${unit}`;
}

export function timings(started: { wall: number; cpu: NodeJS.CpuUsage }): string {
  const wall = (performance.now() - started.wall) / 1e3;
  const cpu = process.cpuUsage(started.cpu);
  const [user, system] = [cpu.user / 1e6, cpu.system / 1e6];
  return `CPU times: user ${duration(user)}, sys: ${duration(system)}, total: ${duration(user + system)}\nWall time: ${duration(wall)}\n`;
}
