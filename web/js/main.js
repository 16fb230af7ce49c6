// The page's composition: makes the models and the views, and starts them. Decisions are made elsewhere.

import { openTodoClient } from './client.js';
import { Conflicts } from './conflicts.js';
import { Connection } from './connection.js';
import { Remembered } from './remembered.js';
import { Shell } from './shell.js';
import { Todos } from './todos.js';
import { Composer } from './views/composer.js';
import { ConflictDialog } from './views/conflict-dialog.js';
import { Editor } from './views/editor.js';
import { Filter } from './views/filter.js';
import { List } from './views/list.js';
import { Notices } from './views/notices.js';
import { PullGesture } from './views/pull-gesture.js';
import { Settings } from './views/settings.js';
import { SyncStrip } from './views/sync-strip.js';
import { inWords } from './wording.js';

const remembered = new Remembered();
const connection = new Connection(remembered);
const conflictDialog = new ConflictDialog();
const conflicts = new Conflicts((versions) => conflictDialog.ask(versions));
const todos = new Todos({ connection, conflicts, remembered });
const shell = new Shell(() => connection.connected);

const notices = new Notices();
const composer = new Composer(todos, notices);
const editor = new Editor(todos);
new List(todos, notices, { edit: (id) => editor.open(id), leave: () => composer.focus() });
new Filter(todos);
const syncStrip = new SyncStrip(todos, notices);
new Settings(remembered);
new PullGesture(() => syncStrip.sync());

shell.addEventListener('ready', () => {
  document.documentElement.dataset.offlineReady = 'true';
  document.querySelector('#offline-ready').hidden = false;
});
shell.addEventListener('update', () => notices.offer('New version: reload', () => shell.apply()));

// The shell comes second: on a slow line its files would compete with the list itself.
try {
  await todos.open(openTodoClient);
} catch (error) {
  notices.alert(`The list could not be opened. ${inWords(error)}`);
}
try {
  await shell.start();
} catch (error) {
  console.warn('The page could not be stored for use without a network.', error);
}
