"""The window: widgets that show values and hand over intents. They decide nothing, and none of them names a colour."""
