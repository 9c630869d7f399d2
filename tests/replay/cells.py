"""Sessions of our own, in the many forms that agents write: what is documented, what is guessed, and what is a slip."""

import json
from pathlib import Path
from typing import Any

PHOTOS = (
    """
import numpy as np
show(InputImages[0])
show([InputImages[0], InputImages[1]], label="both")
show([(InputImages[0], "left bank"), (InputImages[1], "right bank")])
show([[InputImages[0], None], [InputImages[2], InputImages[3]]])
show(list(InputImages[:2]) + [InputImages[3]])
show({"first": InputImages[0], "last": InputImages[-1]})
""",
    """
spot = vlm.locate(InputImages[0], "Where is the rowing boat? Give its centre as (x, y) in 0-1000. Only numbers.")
x, y = [int(part) for part in spot.replace("(", "").replace(")", "").replace(",", " ").split()]
box = vlm.locate(visual_input=InputImages[1], question="Box of the rowing boat, x1 y1 x2 y2, in 0-1000.")
W, H = InputImages[1].width, InputImages[1].height
pixels = tools.Geometry.normalized_to_pixel(box, W, H)
same = tools.Geometry.normalized_to_pixel([float(v) for v in box.split()], W, H)
single = tools.Geometry.normalized_to_pixel((x, y), width=W, height=H)
print(pixels, same, single, len(box))
""",
    """
import re, ast
def parse_box(text):
    return [float(n) for n in re.findall(r"\\d+(?:\\.\\d+)?", text)]
def to_pixels(text, image):
    numbers = parse_box(text)
    return [numbers[0] * image.width / 1000, numbers[1] * image.height / 1000,
            numbers[2] * image.width / 1000, numbers[3] * image.height / 1000]
listed = vlm.locate(InputImages[2], "The boathouse as [x1, y1, x2, y2], please.")
corners = ast.literal_eval(listed)
print(corners, "not visible" in listed.lower())
jetty_px = to_pixels(vlm.locate(InputImages[2], "Bounding box of the jetty"), InputImages[2])
told = json.loads(vlm.ask_with_thinking(InputImages[2], 'Describe the sky. Reply as JSON: {"clouds": ...}'))
""",
    """
boat = tools.SAM3.segment_image_by_text(InputImages[0], "rowing boat", label="boat")
jetty = tools.SAM3.segment_image_by_box(InputImages[2], np.array(jetty_px), "jetty")
again = tools.SAM3.segment_image_by_box(InputImages[2], jetty_px)
buoy = tools.SAM3.segment_image_by_points(InputImages[0], [320, 240], label="buoy")
post = tools.SAM3.segment_image_by_points(InputImages[0], [[320.0, 240.0], [10, 10]], [1, 0])
print(boat.labels, boat.num_objects, jetty.frame_indices, bool(buoy), post.get_mask(0, 0).sum())
show([InputImages[0], boat.visualize(boat.frame_indices[0]), jetty.visualize(frame=2)])
""",
    """
everywhere = tools.SAM3.segment_image_by_text(InputImages, "reeds")
three = tools.SAM3.segment_image_by_text(InputImages[1], "oar, anchor, rope")
print(everywhere.frame_indices, three.labels)
seen = tools.SAM3.is_object_exist(InputImages, "heron")
print(seen["exists"], seen["counts"])
""",
    """
recon = tools.Reconstruct.Reconstruct(InputImages)
boat_at = boat.get_centroid_3d(recon, frame=0, object=0)
jetty_at = jetty.get_centroid_3d(recon, frame=2)
if boat_at is None or np.isnan(boat_at).any():
    print("no boat")
way = jetty_at - boat_at
print(np.linalg.norm(way), tools.Geometry.euclidean_distance(boat_at, jetty_at))
cam = recon.extrinsics[0]
right, down, forward, position = cam[:3, 0], cam[:3, 1], cam[:3, 2], cam[:3, 3]
print(np.dot(way, right), np.dot(way, forward), np.degrees(np.arctan2(np.dot(way, right), np.dot(way, forward))))
""",
    """
recon.render_bev(masks=boat)
both = recon.render_bev(masks=[boat, jetty], labels=["boat", "jetty"])
named = recon.render_bev(masks={"boat": boat, "jetty": jetty}, ego_trajectory=True)
stack = np.stack([boat.get_mask(frame=0, object=0), buoy.get_mask(frame=0)])
plain = recon.render_bev(masks=stack, labels=["boat", "buoy"])
show([both, named, plain, recon.render_bev(ego_trajectory=False)])
""",
    """
copy = InputImages[0].copy()
crop = InputImages[0].crop((100, 100, 300, 260))
pixels = np.array(InputImages[0])
print(copy.size, crop.size, pixels.shape, InputImages[0].size)
drawn = tools.Draw.draw_bbox(InputImages[0], [10, 20, 200, 180], colors="red")
drawn = tools.Draw.draw_bbox(InputImages[0], [[10, 20, 200, 180], (30, 30, 90, 99)], colors=[(255, 0, 0), "blue"])
dots = tools.Draw.draw_point(InputImages[0], [(50, 60), (70, 80)], radius=5, colors=["lime", "red"])
line = tools.Draw.draw_line(InputImages[0], (0, 0, 100, 100))
show([drawn, dots, line, crop, pixels])
part = tools.SAM3.segment_image_by_text(crop, "oar")
""",
    """
mask = boat.get_mask(frame=0, object=0)
print(tools.Mask.area(mask), tools.Mask.bounding_box(mask), tools.Mask.centroid(mask))
print(tools.Mask.iou(mask, buoy.get_mask(0)), tools.Mask.intersection(mask, mask).sum())
ys, xs = np.where(mask)
middle = recon.points[0][int(np.median(ys)), int(np.median(xs))]
cloud = recon.points[0][mask]
sure = cloud[recon.points.confidence[0][mask] > 0.3]
print(middle, cloud.shape, sure.mean(axis=0), recon.depth[0][mask].min())
ReturnAnswer("B")
""",
)

WALK = (
    """
print(len(InputImages), Metadata.fps, Metadata.total_frames, Metadata.is_video)
show(InputImages[::150])
show([InputImages[i] for i in np.linspace(0, len(InputImages) - 1, 6).astype(int)])
said = vlm.ask_with_thinking(InputImages, "Which frames show the fountain? Give absolute frame indices.")
print(said)
""",
    """
import numpy as np
idx = np.linspace(0, len(InputImages) - 1, 24, dtype=int)
recon = tools.Reconstruct.Reconstruct([InputImages[i] for i in idx])
picked = InputImages[idx[:3]]
listed = InputImages[[0, 30, 60]]
few = tools.Reconstruct.Reconstruct(frames=InputImages[::100])
many = tools.Reconstruct.Reconstruct(InputImages[::5])
print(recon.num_frames, recon.frame_indices[:4], few.frame_indices, recon.metric_scale, many.num_frames)
""",
    """
statue = tools.SAM3.segment_video_by_text(prompts=["statue"], labels=["statue"])
pair = tools.SAM3.segment_video_by_text(["statue", "bench"], start_frame=100, end_frame=200)
flat = tools.SAM3.segment_video_by_text("fountain, bench", start_frame=np.int64(0), end_frame=50, prompt_frame_idx=10)
late = tools.SAM3.segment_video_by_text(prompts=["bench"], labels=["bench"], start_frame=600, end_frame=700,
                                        prompt_frame_idx=0)
print(statue.num_frames, pair.labels, flat.num_objects, late.frame_indices[0], late.frame_indices[-1])
""",
    """
where = vlm.locate(InputImages[300], "Bounding box of the fountain in 0-1000 as x1 y1 x2 y2")
px = tools.Geometry.normalized_to_pixel([int(v) for v in where.split()], InputImages[300].width, InputImages[300].height)
by_box = tools.SAM3.segment_video_by_box(boxes=[px], labels=["fountain"], start_frame=280, end_frame=320, prompt_frame_idx=300)
one = tools.SAM3.segment_video_by_box(px, ["fountain"], start_frame=280, end_frame=320, prompt_frame_idx=20)
dots = tools.SAM3.segment_video_by_points(points_per_object=[[[300, 250]]], point_labels_per_object=[[1]],
                                          labels=["fountain"], prompt_frame_idx=300, start_frame=290, end_frame=310)
print(by_box.num_frames, one.labels, dots.get_mask(300, "fountain").sum())
""",
    """
both = sorted(set(statue.frame_indices) & set(recon.frame_indices))
path = []
for fi in both[:8]:
    centre = statue.get_centroid_3d(recon, frame=fi, object=0)
    if centre is not None:
        path.append(centre)
path = np.array(path)
print(path.shape, np.std(path, axis=0))
graph = tools.Graph.plot(path[:, 0], y_label="x (m)", title="statue", validity=[True] * len(path))
show(graph)
print(graph.description)
""",
    """
fi = recon.frame_indices[5]
local = recon.frame_indices.index(fi)
conf = recon.points.confidence[fi]
conf_local = recon.points.confidence[local]
raw = recon.points.points[local]
pose = recon.extrinsics[fi]
K = recon.intrinsics[fi]
world = recon.points[fi][200, 300]
uv = tools.Geometry.project_point_to_camera(world, pose, K["fx"], K["fy"], K["cx"], K["cy"])
print(conf.shape, conf_local.shape, raw.shape, uv, fi in recon.frame_indices, recon.depth[fi].dtype)
near = min(recon.frame_indices, key=lambda f: abs(f - 333))
""",
    """
from scipy.spatial import KDTree, cKDTree
from scipy.spatial.distance import cdist
bench = tools.SAM3.segment_image_by_text(InputImages[int(recon.frame_indices[4])], "bench")
kiosk = tools.SAM3.segment_image_by_text(InputImages[recon.frame_indices[6]], "kiosk")
a = bench.get_masked_points(recon, frame=bench.frame_indices[0])
b = kiosk.get_masked_points(recon, frame=kiosk.frame_indices[0], object=0)
a_some = a[np.random.choice(len(a), min(500, len(a)), replace=False)]
print(cdist(a_some, b[:500]).min(), KDTree(b).query(a_some)[0].min(), cKDTree(b).query(a_some, k=1)[0].min())
lo, hi = np.percentile(a, 5, axis=0), np.percentile(a, 95, axis=0)
print("size", hi - lo, np.linalg.svd(a_some - a_some.mean(axis=0), full_matrices=False)[1])
""",
    """
wanted = next(img for img in InputImages if img.frame_index == 120)
print(wanted.frame_index, wanted.width, tools.Time.frame_to_seconds(np.int64(120)), tools.Time.seconds_to_frame(4.0))
print(tools.Time.frame_range_to_seconds(0, 300))
normal, inliers = tools.Geometry.fit_ground_plane_ransac(recon.points[0], recon.points.confidence[0])
print(normal, tools.Geometry.angle_between_vectors(normal, [0, 1, 0]))
moved = tools.Geometry.transform_points(a, np.linalg.inv(recon.extrinsics[0]))
turn = tools.Geometry.rotation_matrix_from_vectors(np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
""",
    """
fig, ax = plt.subplots()
positions = np.array([recon.extrinsics[f][:3, 3] for f in recon.frame_indices])
ax.scatter(positions[:, 0], positions[:, 2])
ax.set_title("the walk")
plt.show()
plt.figure(figsize=(4, 3)); plt.plot(np.diff(positions[:, 0])); plt.show()
bev = recon.render_bev(masks=statue, labels=["statue"], conf_threshold=0.1, ref_frame=recon.frame_indices[2])
show([bev, statue.visualize(statue.frame_indices[-1])])
travelled = np.linalg.norm(positions[-1] - positions[0])
ReturnAnswer(np.float32(travelled))
""",
    """
ReturnAnswer(np.int64(3))
ReturnAnswer(answer="A")
ReturnAnswer(f"{travelled:.2f}")
""",
)

TWO = (
    """
show([InputImages_1[0], InputImages_2[0]])
show(InputImages_2[::40])
print(Metadata.num_videos, [v["num_frames"] for v in Metadata.videos])
first = tools.Reconstruct.Reconstruct(InputImages_1[::10])
second = tools.Reconstruct.Reconstruct(InputImages_2[::20])
cart = tools.SAM3.segment_video_by_text(["cart"], video_index=2, start_frame=0, end_frame=40)
print(first.frame_indices, second.frame_indices, cart.num_frames)
""",
    """
at = cart.get_centroid_3d(second, frame=20)
print(vlm.ask_with_thinking([InputImages_1[30], InputImages_2[60]], "Is it the same cart? Yes or no?"))
print(vlm.ask_with_thinking(InputImages_1[:4], "How many carts are there?"))
show(RefImages[0])
print(vlm.locate([RefImages[0], InputImages_1[0]], "Box of the cart in each image"))
""",
)

MEDIA: dict[str, dict[str, Any]] = {
    "photos": {"kind": "images", "frames": 4},
    "walk": {"kind": "video", "frames": 1010, "fps": 30, "size": [320, 240]},
    "two": {"kind": "video", "frames": [61, 90], "refs": 1},
}
SESSIONS = {"photos": PHOTOS, "walk": WALK, "two": TWO}


def line(name: str, cells: tuple[str, ...], question: str = "Which bank?", **more: Any) -> dict[str, Any]:
    """One recorded session in the form that is read."""
    steps = [{"step": f"Step {number}", "code": cell} for number, cell in enumerate(cells)]
    return {"dataset": "ours", "id": name, "question": question, "code": {"steps": steps}, **more}


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    """A file of recorded sessions."""
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return path
