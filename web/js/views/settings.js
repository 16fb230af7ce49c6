// The settings: switches whose ids are the names of remembered values.

const SWITCHES = { connection: 'connected', autosync: 'autosync' };

/** Settings binds each switch to its remembered value, both ways. */
export class Settings {
  constructor(remembered) {
    for (const [id, name] of Object.entries(SWITCHES)) {
      const box = document.getElementById(id);
      const show = () => {
        box.checked = remembered.get(name);
      };
      box.addEventListener('change', () => remembered.set(name, box.checked));
      remembered.addEventListener('change', show);
      show();
    }
  }
}
