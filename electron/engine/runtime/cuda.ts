/**
 * The CUDA variant: the GPU build of the library and NVIDIA's own wheels beside it.
 * NOT YET RUN ON A GPU: the plan and the unpacking are tested with made-up wheels only.
 */
import { join } from 'node:path';
import { normalName, type Extraction, type Wheel } from './wheel.ts';

/**
 * Requirements that an extra of a wheel adds, in pip's notation without the marker.
 * 'nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"' gives 'nvidia-cublas-cu12<13.0,>=12.5.3.2'.
 */
export function requirementsOfExtra(requires: string[], extra: string): string[] {
  return requires.flatMap((line) => {
    const [requirement = '', marker = ''] = line.split(';', 2);
    const named = /extra\s*==\s*["']([^"']+)["']/.exec(marker)?.[1];
    return named === extra ? [requirement.replace(/\s*\(([^)]*)\)/, '$1').trim()] : [];
  });
}

/** Normalised name of a requirement: 'nvidia-cublas-cu12'. */
export function requirementName(requirement: string): string {
  return normalName(/^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? '');
}

/** What XLA and the kernels load at run time: shared libraries, ptxas, libdevice. */
const WANTED = /^nvidia\/([a-z0-9_]+)\/(lib|bin|nvvm)\/(?:[A-Za-z0-9_+.-]+\/)*[A-Za-z0-9_+.-]+$/;

/** Where the members of an nvidia-* wheel go: lib/nvidia/<component>/… of the runtime. */
export function nvidiaExtractions(wheel: Wheel, runtime: string): Extraction[] {
  return [...wheel.entries.keys()].flatMap((member) => {
    const match = WANTED.exec(member);
    if (!match || member.includes('/..') || /\.(h|py|pyi|a)$/.test(member)) return [];
    const target = join(runtime, 'lib', ...member.split('/'));
    return [{ member, target, executable: member.includes('/bin/') }];
  });
}

/** Folders for the library path, relative to the runtime, of the given extracted members. */
export function nvidiaLibraryPath(members: string[]): string[] {
  const folders = members.flatMap((member) => {
    const match = /^(nvidia\/[^/]+\/lib)\/[^/]+$/.exec(member);
    return match ? [`lib/${match[1]}`] : [];
  });
  return [...new Set(folders)].sort();
}
