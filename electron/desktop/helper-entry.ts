/** The helper process of an installed application, under Electron and under Node alike. */
import './child-port.ts';
import '../services/helper/entry.ts';
