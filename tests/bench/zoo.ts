/** A network of the zoo at its published width, and the sides of the square images it is usually given. */
interface Usual {
  name: string;
  sides: number[];
}

/** Every network of the zoo: what the checks of exports and the playground's figures go through. */
export const ZOO: readonly Usual[] = [
  { name: 'small-cnn', sides: [32] },
  { name: 'wrn-16-1', sides: [32] },
  { name: 'wrn-28-2', sides: [32] },
  { name: 'resnet-18', sides: [64, 224] },
  { name: 'resnet-34', sides: [64, 224] },
  { name: 'resnet-18-cifar', sides: [32] },
  { name: 'resnet-34-cifar', sides: [32] },
  { name: 'preact-resnet-18', sides: [32] },
  { name: 'vgg-11-bn', sides: [32] },
  { name: 'vgg-13-bn', sides: [32] },
  { name: 'vgg-16-bn', sides: [32] },
];
