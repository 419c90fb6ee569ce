"""The `gastown` console: app, screens, widgets, viewmodels, styles. The only room that draws."""
