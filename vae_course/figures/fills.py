"""What areas are filled with."""

HATCHES = ("///", "\\\\\\", "...", "xxx", "---", "+++")
REGION_SHADES = ("#d7e3f1", "#9dbcdc")  # of regions of the plane, from the outer to the inner one
