import { box, disc, type Distance, polygon, ring, stroke, union } from './distance.ts';

export interface Sign {
  /** Class name. */
  name: string;
  /** The plate, within radius 1. */
  plate: Distance;
  /** What is drawn on the plate. */
  picture: Distance;
}

const W = 0.13;

const round = disc(0, 0, 0.95);
const triangle = polygon(3, 0.62, Math.PI / 2);
const diamond = polygon(4, 0.7, Math.PI / 4);
const square = box(0, 0, 0.8, 0.8);
const octagon = polygon(8, 0.9, 0);

/** Lower where the plate is, so that pictures on triangles sit in their wide part. */
const TRIANGLE_CENTRE = 0.14;

const bar = box(0, 0, 0.55, 0.17);
const arrow = union(
  stroke(0, 0.5, 0, -0.45, W),
  stroke(0, -0.5, -0.38, -0.1, W),
  stroke(0, -0.5, 0.38, -0.1, W),
);
const post = union(stroke(0, -0.32, 0, 0.16, W), disc(0, 0.44, W + 0.03));
const bend = union(
  stroke(-0.2, 0.45, -0.2, 0.0, W),
  stroke(-0.2, 0.0, 0.22, -0.2, W),
  disc(0.24, -0.22, W + 0.03),
);
const cross = union(stroke(-0.36, -0.36, 0.36, 0.36, W), stroke(-0.36, 0.36, 0.36, -0.36, W));
const plus = union(stroke(-0.48, 0, 0.48, 0, W), stroke(0, -0.48, 0, 0.48, W));
const tee = union(stroke(-0.45, -0.4, 0.45, -0.4, W), stroke(0, -0.4, 0, 0.48, W));
const corner = union(stroke(-0.32, -0.48, -0.32, 0.4, W), stroke(-0.32, 0.4, 0.42, 0.4, W));
const hoop = ring(0.42, W);
const chevron = union(stroke(-0.45, 0.25, 0, -0.25, W + 0.02), stroke(0.45, 0.25, 0, -0.25, W + 0.02));

function lowered(picture: Distance): Distance {
  return (x, y) => picture(x * 1.25, (y - TRIANGLE_CENTRE) * 1.25) / 1.25;
}

/**
 * The ten classes: five plates, two pictures each. Neither the plate nor the picture alone tells the class of all
 * signs, and colours say nothing. All shapes are of our own making.
 */
export const SIGNS: readonly Sign[] = [
  { name: 'disc-bar', plate: round, picture: bar },
  { name: 'disc-arrow', plate: round, picture: arrow },
  { name: 'triangle-post', plate: triangle, picture: lowered(post) },
  { name: 'triangle-bend', plate: triangle, picture: lowered(bend) },
  { name: 'diamond-cross', plate: diamond, picture: cross },
  { name: 'diamond-plus', plate: diamond, picture: plus },
  { name: 'square-tee', plate: square, picture: tee },
  { name: 'square-corner', plate: square, picture: corner },
  { name: 'octagon-hoop', plate: octagon, picture: hoop },
  { name: 'octagon-chevron', plate: octagon, picture: chevron },
];
