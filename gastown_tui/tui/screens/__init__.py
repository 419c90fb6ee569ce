"""The console's screens. Each one arranges widgets and names what is selected; acts go through the app."""
