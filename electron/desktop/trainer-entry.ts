/** The training process of an installed application, under Electron and under Node alike. */
import './child-port.ts';
import '../trainer/entry.ts';
